/** The failure of a workflow run: its failure function, and the notes of the server. */

import type { Run } from "../../../api/types";
import { FailureFunctionBadge } from "../../../components/failure-function-badge";
import { Icon } from "../../../components/icon";
import { ExactTime } from "../../../components/time";
import { href } from "../../../router";

export function FailureFunctionLine({ run: { workflowState, failureFunction } }: { run: Run }) {
  if (workflowState !== "RUN_FAILED" || !failureFunction) return null;
  const error = failureFunction.state === "CALLBACK_FAIL" ? failureFunction.errors?.at(-1) : undefined;
  const body = error?.body ?? "";
  return (
    <p class="told">
      Failure function: <FailureFunctionBadge state={failureFunction.state} />{" "}
      <a href={href("messages", [failureFunction.messageId])}>its message</a>
      {error && <span class="hint"> {messageIn(body) ?? error.error}</span>}
    </p>
  );
}

/** The message in the answer of a workflow SDK, `{"error": …, "message": …}`. */
export function messageIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null || !("message" in parsed)) return undefined;
    return typeof parsed.message === "string" ? parsed.message : undefined;
  } catch {
    return undefined;
  }
}

/** Notes of the server about a run, prominent while it is running, when they may explain why it does not continue. That
 * it waits is no reason for it. */
export function Notes({ run: { notes = [], workflowState } }: { run: Run }) {
  const loud = workflowState === "RUN_STARTED" && notes.some(({ kind }) => kind !== "waits");
  if (notes.length === 0) return null;
  return (
    <>
      {!loud && <h3>Notes</h3>}
      <ul class={`notes ${loud ? "loud" : ""}`} aria-label="Notes">
        {notes.map(({ time, text }, index) => (
          <li key={index}>
            {loud && <Icon name="warning" />}
            <span class="faint">
              <ExactTime at={time} short />
            </span>
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
