/** What can be done with one entry. Each tells what came of it. */

import {
  deleteLetters,
  type Letter,
  recoverRuns,
  type Recovery,
  rerunFailureFunction,
  retryLetters,
} from "../../api/dlq";
import { href, hrefHere, navigate, route } from "../../router";
import { userSetup } from "../../store/status";
import { announce } from "../../store/toasts";

export const token = (): string => userSetup.value?.token ?? "";

export async function retryOne({ dlqId }: Letter): Promise<void> {
  const { responses } = await retryLetters([dlqId], token());
  const id = responses[0]?.messageId;
  leave(dlqId);
  announce("Retried as a new message.", id === undefined ? undefined : { href: href("messages", [id]), text: "Watch it" });
}

const RECOVERED: Record<Recovery, string> = {
  resume: "A new run goes on where it stopped.",
  restart: "A new run begins from the start.",
};

export async function recoverOne(how: Recovery, { dlqId }: Letter): Promise<void> {
  const { workflowRuns } = await recoverRuns(how, [dlqId], token());
  const id = workflowRuns[0]?.workflowRunId;
  leave(dlqId);
  announce(RECOVERED[how], id === undefined ? undefined : { href: href("workflows", [id]), text: "Watch it" });
}

export async function deleteOne({ dlqId, kind }: Letter): Promise<void> {
  await deleteLetters(kind, [dlqId], token());
  leave(dlqId);
  announce("The entry is deleted.");
}

export async function rerunOne({ dlqId }: Letter): Promise<void> {
  await rerunFailureFunction(dlqId, token());
  announce("The failure function is told once more.");
}

/** An entry that is gone is not shown any more. */
function leave(dlqId: string): void {
  if (route.value.page === "dlq" && route.value.rest[0] === dlqId) navigate(hrefHere([]), { replace: true });
}
