/** A row in the list of workflow runs. */

import type { RunSummary, RunWait } from "../../api/types";
import { Icon } from "../../components/icon";
import { RelativeTime } from "../../components/time";
import { duration, plural } from "../../lib/format";
import { hrefHere } from "../../router";
import { now } from "../../store/status";
import { RunBadge, WAIT_ICONS } from "./badges";

/** The cells of one workflow run. */
export function Row({ run }: { run: RunSummary }) {
  return (
    <>
      <td class="state">
        <RunBadge state={run.state} />
      </td>
      <th scope="row" class="destination">
        <a href={hrefHere(...placeOf(run))} title={run.url}>
          {pathOf(run.url)}
        </a>
        <span class="under">
          <span class="brief">
            {took(run)} · {plural(run.steps, "step")}
          </span>
          {(run.labels ?? []).map((label) => (
            <span key={label} class="tag">
              {label}
            </span>
          ))}
          {run.invokedBy && <span class="tag">invoked</span>}
          <span class="id">{run.workflowRunId}</span>
        </span>
      </th>
      <td class="waits">
        <Waits run={run} />
      </td>
      <td class="steps number">{run.steps}</td>
      <td class="took number">{took(run)}</td>
      <td class="age">
        <RelativeTime at={run.createdAt} />
      </td>
    </>
  );
}

/** The address of a run, with no step opened. */
export function placeOf({ workflowRunId, createdAt, older }: RunSummary): [rest: string[], query: Record<string, string>] {
  return [[workflowRunId], { step: "", tab: "", at: older ? String(createdAt) : "" }];
}

/** The path of a workflow URL, which tells workflows of one app apart; the tooltip has the whole URL. */
export function pathOf(url: string): string {
  const found = /^https?:\/\/[^/?#]+(\/[^?#]+)/.exec(url);
  return found?.[1] ?? url.replace(/^http:\/\//, "");
}

function took({ createdAt, completedAt }: RunSummary): string {
  return duration(Math.max(0, (completedAt ?? now.value) - createdAt));
}

function Waits({ run: { waits = [], moreWaits = 0, error, failureFunctionState } }: { run: RunSummary }) {
  if (error !== undefined) {
    const more = failureFunctionState === "CALLBACK_FAIL" ? "; its failure function failed as well" : "";
    return <span title={error + more}>{error + more}</span>;
  }
  const [first] = waits;
  if (!first) return <span class="faint">–</span>;
  const others = waits.length - 1 + moreWaits;
  return (
    <span class="wait-brief" title={waits.map(waitText).join("\n")}>
      <Icon name={WAIT_ICONS[first.kind]} /> {waitText(first)}
      {first.dueAt !== undefined && first.kind !== "event" && first.kind !== "webhook" && (
        <>
          {" "}
          <RelativeTime at={first.dueAt} />
        </>
      )}
      {others > 0 && ` + ${others}`}
    </span>
  );
}

/** What the run waits for, in a few words. */
export function waitText({ kind, stepName, eventId, text }: RunWait): string {
  switch (kind) {
    case "delivery":
      return "its next step";
    case "retry":
      return stepName ? `retry of ${stepName}` : "a retry";
    case "sleep":
      return `${stepName ?? "sleep"}, ends`;
    case "delay":
      return "its start";
    case "call":
      return `call ${stepName ?? ""}`;
    case "event":
      return `event ${eventId ?? ""}`;
    case "webhook":
      return "its webhook";
    case "invoke":
      return `invoked ${stepName ?? "run"}`;
    case "turn":
      return text;
  }
}
