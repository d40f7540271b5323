/** The details of one workflow run, and the actions on it. */

import { useState } from "preact/hooks";
import type { RunDetail } from "../../../api/types";
import { ActionButton, Button, Toolbar } from "../../../components/button";
import { ErrorNotice } from "../../../components/error-notice";
import { Pane } from "../../../components/pane";
import { Tabs } from "../../../components/tabs";
import { VerdictBox } from "../../../components/verdict";
import { href, hrefHere, navigate, route, setQuery, user } from "../../../router";
import { RunBadge } from "../badges";
import { cancel, rerunFailureFunctionOf, resumeOrRestart } from "./actions";
import { Bodies, Raw } from "./bodies";
import { FailureFunctionLine, Notes } from "./failure";
import { NotifyDialog } from "./notify-dialog";
import { RunProperties } from "./properties";
import { RelatedRuns } from "./related-runs";
import { Timeline } from "./timeline";
import { type LoadedRun, useRun } from "./use-run";
import { Waits } from "./waits";

const TABS = [
  { id: "timeline", text: "Timeline" },
  { id: "payload", text: "Payload" },
  { id: "raw", text: "Raw" },
];

export function RunView({ id, createdAt }: { id: string; createdAt: string }) {
  const loaded = useRun(id, createdAt);
  const close = (): void => navigate(hrefHere([], { step: "", tab: "", at: "" }));
  return (
    <Pane label="Workflow run" id={id} idName="the id" closeName="run" close={close} class="run-detail">
      {loaded.error && <ErrorNotice text={loaded.error} />}
      {loaded.detail && <Content loaded={loaded} detail={loaded.detail} />}
    </Pane>
  );
}

function Content({ loaded, detail }: { loaded: LoadedRun; detail: RunDetail }) {
  const [notifying, setNotifying] = useState<string | null>(null);
  const tab = TABS.find(({ id }) => id === route.value.query.tab)?.id ?? "timeline";
  const { run } = detail;
  return (
    <>
      <p class="what">
        <RunBadge state={run.workflowState} />
        <span class="url">{run.workflowUrl}</span>
      </p>
      <VerdictBox verdict={detail.verdict} user={detail.user} />
      <Actions detail={detail} onNotify={() => setNotifying("")} />
      <RunProperties detail={detail} />
      <RelatedRuns detail={detail} />
      <Waits detail={detail} onNotify={setNotifying} />
      <FailureFunctionLine run={run} />
      {run.workflowState === "RUN_STARTED" && <Notes run={run} />}
      <Tabs
        label="About the run"
        tabs={TABS}
        chosen={tab}
        onChoose={(id) => setQuery({ tab: id === "timeline" ? "" : id }, { replace: true })}
      >
        {tab === "timeline" && (
          <>
            <Timeline detail={detail} onWhole={loaded.readWhole} />
            {run.workflowState !== "RUN_STARTED" && <Notes run={run} />}
          </>
        )}
        {tab === "payload" && <Bodies detail={detail} onWhole={loaded.readWhole} />}
        {tab === "raw" && <Raw detail={detail} />}
      </Tabs>
      {notifying !== null && (
        <NotifyDialog detail={detail} eventId={notifying} onClose={() => setNotifying(null)} />
      )}
    </>
  );
}

function Actions({ detail, onNotify }: { detail: RunDetail; onNotify: () => void }) {
  const { run, user: owner, inDeadLetterQueue } = detail;
  const { workflowRunId: id, dlqId = "", failureFunction } = run;
  const alive = run.workflowState === "RUN_STARTED";
  const calls = detail.waits.filter(({ kind, dueAt }) => kind === "delivery" || (kind === "call" && dueAt === undefined)).length;
  const failed = run.workflowState === "RUN_FAILED";
  const gone = "The run is no longer in the dead letter queue";
  return (
    <Toolbar label="Actions">
      {failed ? (
        <>
          <ActionButton
            text="Resume"
            icon="play"
            kind={inDeadLetterQueue ? "main" : "plain"}
            disabled={!inDeadLetterQueue}
            hint={inDeadLetterQueue ? "A new run that continues after the steps already done" : gone}
            action={() => resumeOrRestart("resume", dlqId, id, owner)}
          />
          <ActionButton
            text="Restart"
            icon="retry"
            disabled={!inDeadLetterQueue}
            hint={inDeadLetterQueue ? "A new run from the beginning, with the same payload" : gone}
            action={() => resumeOrRestart("restart", dlqId, id, owner)}
          />
          {failureFunction && (
            <ActionButton
              text="Re-run failure function"
              icon="warning"
              disabled={!inDeadLetterQueue || failureFunction.state !== "CALLBACK_FAIL"}
              hint={failureFunction.state === "CALLBACK_FAIL" ? "Call it again" : "Only a failure function that failed can be called again"}
              action={() => rerunFailureFunctionOf(dlqId, owner)}
            />
          )}
          {inDeadLetterQueue && (
            <a class="button plain" href={href("dlq", [dlqId], owner === user.value ? {} : { user: owner })}>
              In the dead letter queue
            </a>
          )}
        </>
      ) : (
        <>
          <Button text="Notify" icon="bell" disabled={!alive} hint={alive ? "Send an event to the run" : "The run has ended"} onClick={onNotify} />
          <ActionButton
            text="Cancel run"
            icon="stop"
            disabled={!alive}
            hint={alive ? "Run no further steps" : "The run has ended"}
            action={() => cancel(id, owner)}
          />
          {alive && calls > 0 && (
            <ActionButton
              text={calls === 1 ? "Cancel and abort the call" : "Cancel and abort the calls"}
              icon="stop"
              hint="Run no further steps, and do not wait for the endpoint to answer"
              action={() => cancel(id, owner, true)}
            />
          )}
        </>
      )}
      <a class="button plain" href={href("messages", [], { search: id, ...(owner === user.value ? {} : { user: owner }) })}>
        Messages of the run
      </a>
    </Toolbar>
  );
}
