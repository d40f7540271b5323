/** Runs that invoked, or were invoked by, a workflow run. */

import type { RunDetail, RunState } from "../../../api/types";
import { hrefHere } from "../../../router";
import { RunBadge } from "../badges";
import { pathOf } from "../row";

/** The runs that are related to a run: the one that invoked it, and those it has invoked. */
export function RelatedRuns({ detail: { run, parentState, children } }: { detail: RunDetail }) {
  if (!run.invoker && children.length === 0) return null;
  return (
    <ul class="kin" aria-label="Related runs">
      {run.invoker && (
        <RelatedRunLine
          text="Invoked by"
          id={run.invoker.workflowRunId}
          at={run.invoker.workflowRunCreatedAt}
          url={run.invoker.workflowUrl}
          state={parentState}
        />
      )}
      {children.map((child) => (
        <RelatedRunLine
          key={child.workflowRunId}
          text={`Invoked in ${child.stepName}:`}
          id={child.workflowRunId}
          url={child.url}
          state={child.state}
        />
      ))}
    </ul>
  );
}

interface RelatedRunProps {
  text: string;
  id: string;
  at?: number;
  url: string;
  state: RunState | undefined;
}

function RelatedRunLine({ text, id, at, url, state }: RelatedRunProps) {
  return (
    <li>
      {text}{" "}
      {state ? (
        <>
          <a class="id" href={runHref(id, at)}>
            {id}
          </a>{" "}
          <RunBadge state={state} /> <span class="faint">{pathOf(url)}</span>
        </>
      ) : (
        <span class="id">{id} (no longer kept)</span>
      )}
    </li>
  );
}

/** A link to another run, which keeps the filters of the list. */
export const runHref = (id: string, at?: number): string =>
  hrefHere([id], { step: "", tab: "", at: at === undefined ? "" : String(at) });
