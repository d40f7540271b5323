/** Actions on one entry of the dead letter queue. Each shows a toast with the outcome. */

import {
  deleteDlqEntries,
  rerunFailureFunction,
  type ResumeOrRestart,
  resumeOrRestartRuns,
  retryDlqMessages,
} from "../../api/dlq";
import type { DlqEntry } from "../../api/types";
import { href, hrefHere, navigate, route } from "../../router";
import { userSetup } from "../../store/status";
import { toast } from "../../store/toasts";

export const token = (): string => userSetup.value?.token ?? "";

export async function retryOne({ dlqId }: DlqEntry): Promise<void> {
  const { responses } = await retryDlqMessages([dlqId], token());
  const id = responses[0]?.messageId;
  closeDetail(dlqId);
  toast("Retried as a new message.", id === undefined ? undefined : { href: href("messages", [id]), text: "Watch it" });
}

const DONE: Record<ResumeOrRestart, string> = {
  resume: "A new run continues where the failed one stopped.",
  restart: "A new run begins from the start.",
};

export async function resumeOrRestartOne(how: ResumeOrRestart, { dlqId }: DlqEntry): Promise<void> {
  const { workflowRuns } = await resumeOrRestartRuns(how, [dlqId], token());
  const id = workflowRuns[0]?.workflowRunId;
  closeDetail(dlqId);
  toast(DONE[how], id === undefined ? undefined : { href: href("workflows", [id]), text: "Watch it" });
}

export async function deleteOne({ dlqId, kind }: DlqEntry): Promise<void> {
  await deleteDlqEntries(kind, [dlqId], token());
  closeDetail(dlqId);
  toast("The entry is deleted.");
}

export async function rerunFailureFunctionOf({ dlqId }: DlqEntry): Promise<void> {
  await rerunFailureFunction(dlqId, token());
  toast("The failure function is called again.");
}

/** Closes the details of an entry that has left the queue. */
function closeDetail(dlqId: string): void {
  if (route.value.page === "dlq" && route.value.rest[0] === dlqId) navigate(hrefHere([]), { replace: true });
}
