/** Payload, headers and result of a workflow run, and its JSON. */

import type { RunDetail } from "../../../api/types";
import { CodeBlock } from "../../../components/code-block";
import { BodyView, HeaderTable } from "../../../components/payload";

/** The payload, the headers and the result of a run. */
export function Bodies({ detail, onWhole }: { detail: RunDetail; onWhole: () => void }) {
  const { run, payload, headers } = detail;
  return (
    <>
      <h3>Payload</h3>
      <BodyView body={payload} label="Payload" onReadWhole={onWhole} />
      <h3>Headers</h3>
      <HeaderTable headers={headers} label="Headers of the run" />
      <h3>Result</h3>
      {run.workflowRunResponse === undefined ? (
        <p class="faint">{run.workflowState === "RUN_STARTED" ? "It has not returned yet." : "It returned nothing."}</p>
      ) : (
        <BodyView body={textBody(run.workflowRunResponse)} label="Result" />
      )}
    </>
  );
}

export const textBody = (body: string) => ({ body, bodySize: new TextEncoder().encode(body).length });

/** The answer of the server as JSON. */
export function Raw({ detail }: { detail: RunDetail }) {
  return <CodeBlock text={JSON.stringify(detail, null, 2)} what="the JSON" label="The run as JSON" />;
}
