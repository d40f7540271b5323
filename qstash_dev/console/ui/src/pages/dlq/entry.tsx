/** The details of one entry: the request, the last response, and the actions on it. */

import { useState } from "preact/hooks";
import type { DlqEntry, DlqEntryDetail } from "../../api/types";
import { ActionButton, Button, Toolbar } from "../../components/button";
import { ErrorNotice } from "../../components/error-notice";
import { FailureFunctionBadge } from "../../components/failure-function-badge";
import { Pane } from "../../components/pane";
import { Partial } from "../../components/partial";
import { BodyView, HeaderTable } from "../../components/payload";
import { Properties, type Property } from "../../components/properties";
import { ExactTime, RelativeTime } from "../../components/time";
import { VerdictBox } from "../../components/verdict";
import { duration } from "../../lib/format";
import { href, user } from "../../router";
import { deleteOne, rerunFailureFunctionOf, resumeOrRestartOne, retryOne } from "./actions";
import { entryQuery } from "./filters";
import { LastResponseBadge } from "./last-response";
import { RetryDialog } from "./retry-dialog";
import { countByKind } from "./selection";
import { type LoadedEntry, useEntry } from "./use-dlq";

export function Entry({ id }: { id: string }) {
  const loaded = useEntry(id);
  return (
    <Pane label="Dead letter" id={id} idName="the id" closeName="entry">
      {loaded.error && <ErrorNotice text={loaded.error} />}
      {loaded.detail && <Content loaded={loaded} detail={loaded.detail} />}
    </Pane>
  );
}

function Content({ loaded, detail }: { loaded: LoadedEntry; detail: DlqEntryDetail }) {
  const { letter: entry, verdict, response, request } = detail;
  return (
    <>
      <p class="what">
        <LastResponseBadge status={entry.responseStatus} />
        <span class="method">{entry.method}</span>
        <span class="url">{entry.url}</span>
      </p>
      <VerdictBox verdict={verdict} user={user.value} />
      <Actions entry={entry} />
      <EntryProperties entry={entry} />
      <h3>Last answer</h3>
      {response ? (
        <>
          <Partial response={response} />
          <BodyView body={response} label="Response body" onReadWhole={loaded.readWhole} />
          <HeaderTable headers={response.headers} label="Response headers" />
        </>
      ) : (
        <p class="faint">There was none.</p>
      )}
      <h3>{entry.kind === "run" ? "Payload of the run" : "Body of the message"}</h3>
      <BodyView body={request} label="Body" onReadWhole={loaded.readWhole} />
    </>
  );
}

function Actions({ entry }: { entry: DlqEntry }) {
  const [asked, setAsked] = useState(false);
  const run = entry.kind === "run";
  return (
    <Toolbar label="Actions">
      {run ? (
        <>
          <ActionButton
            text="Resume"
            icon="play"
            kind="main"
            hint="A new run that continues after the steps already done"
            action={() => resumeOrRestartOne("resume", entry)}
          />
          <ActionButton
            text="Restart"
            icon="retry"
            hint="A new run from the beginning, with the same payload"
            action={() => resumeOrRestartOne("restart", entry)}
          />
          {entry.failureFunctionState !== undefined && <Rerun entry={entry} />}
        </>
      ) : (
        <ActionButton
          text="Retry"
          icon="retry"
          kind="main"
          hint="Publish the message again"
          action={() => retryOne(entry)}
        />
      )}
      <Button text="With options …" hint="Another delay, other retries, other headers" onClick={() => setAsked(true)} />
      <ActionButton text="Delete" icon="bin" kind="danger" action={() => deleteOne(entry)} />
      {asked && (
        <RetryDialog
          target={{ query: entryQuery("", {}), selected: [entry], counts: countByKind([entry]) }}
          onClose={() => setAsked(false)}
        />
      )}
    </Toolbar>
  );
}

function Rerun({ entry }: { entry: DlqEntry }) {
  const can = entry.failureFunctionState === "CALLBACK_FAIL";
  return (
    <ActionButton
      text="Re-run failure function"
      icon="warning"
      disabled={!can}
      hint={can ? "Call it again" : "Only a failure function that failed can be called again"}
      action={() => rerunFailureFunctionOf(entry)}
    />
  );
}

function EntryProperties({ entry }: { entry: DlqEntry }) {
  const { failedAt, attempts, failureFunctionState: functionState } = entry;
  const properties: Property[] = [
    [
      "Failed",
      <>
        <RelativeTime at={failedAt} /> (<ExactTime at={failedAt} />)
      </>,
    ],
    ["Attempts", attempts],
    ["Last attempt took", duration(entry.duration)],
    [entry.kind === "run" ? "Failed in" : "Message", <MessageLink id={entry.messageId} />],
    ["Workflow run", entry.workflowRunId && <RunLink entry={entry} id={entry.workflowRunId} />],
    ["Failure function", functionState && <FailureFunctionBadge state={functionState} />],
    ["Queue", entry.queueName],
    ["URL group", entry.topicName],
    ["Schedule", entry.scheduleId],
    ["Labels", entry.labels?.map((label) => <span key={label} class="tag">{label}</span>)],
  ];
  return <Properties properties={properties} />;
}

const MessageLink = ({ id }: { id: string }) => (
  <a class="id" href={href("messages", [id])}>
    {id}
  </a>
);

function RunLink({ entry, id }: { entry: DlqEntry; id: string }) {
  return (
    <a class="id" href={href("workflows", [id], { at: String(entry.workflowCreatedAt ?? "") })}>
      {id}
    </a>
  );
}
