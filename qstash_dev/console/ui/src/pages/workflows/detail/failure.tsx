/** The failure of a workflow run: the last error, its failure function, and the notes of the server. */

import type { FailureFunction, Run, RunDetail, Step, StepAttempt } from "../../../api/types";
import { FailureFunctionBadge } from "../../../components/failure-function-badge";
import { Icon } from "../../../components/icon";
import { ExactTime } from "../../../components/time";
import { sentence } from "../../../lib/format";
import { href } from "../../../router";

export function FailureBox({ detail: { run } }: { detail: RunDetail }) {
  if (run.workflowState !== "RUN_FAILED") return null;
  const last = lastFailure(run);
  return (
    <div class="explained">
      <p>
        <Icon name="warning" /> {last ? whatFailed(last) : "The run failed; its attempts are no longer kept."}
      </p>
      {last?.attempt.hint !== undefined && messageIn(last.attempt.body ?? "") === undefined && <p class="hint">{sentence(last.attempt.hint)}</p>}
      {run.failureFunction && <FailureFunctionLine failureFunction={run.failureFunction} />}
    </div>
  );
}

function FailureFunctionLine({ failureFunction }: { failureFunction: FailureFunction }) {
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

interface Failure {
  name: string;
  attempt: StepAttempt;
  attempts: number;
}

function lastFailure(run: Run): Failure | undefined {
  const steps = run.steps.flatMap((group) => group.steps);
  const at = steps.findLastIndex(({ phase }) => phase === "failed");
  const failed = steps[at];
  const attempt = failed?.attempts.at(-1);
  if (!failed || !attempt) return undefined;
  return { name: failed.stepName ?? unnamed(steps[at - 1]), attempt, attempts: failed.attempts.length };
}

/** A failed step was never reported, and SDKs do not always tell its name: it is named after the step before. */
function unnamed(before: Step | undefined): string {
  if (!before || before.stepType === "Initial") return "The first step";
  return `The step after ${before.stepName ?? "the last"}`;
}

function whatFailed({ name, attempt, attempts }: Failure): string {
  const tries = attempts === 1 ? "at its only attempt" : `after ${attempts} attempts`;
  return `${name} failed ${tries}: ${messageIn(attempt.body ?? "") ?? attempt.error ?? "no reason is known"}`;
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
