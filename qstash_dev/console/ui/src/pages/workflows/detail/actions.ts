/** Actions on a workflow run. Each shows a toast with the outcome. */

import { rerunFailureFunction, type ResumeOrRestart, resumeOrRestartRuns } from "../../../api/dlq";
import { deliverMessage } from "../../../api/messages";
import { cancelRun, notifyAll, notifyOne } from "../../../api/workflows";
import { plural } from "../../../lib/format";
import { href, navigate } from "../../../router";
import { setup } from "../../../store/status";
import { toast } from "../../../store/toasts";

/** The token of the user to whom the run belongs. */
export const tokenOf = (user: string): string => setup.value?.users.find(({ name }) => name === user)?.token ?? "";

export async function deliverNow(messageId: string, toastText: string): Promise<void> {
  await deliverMessage(messageId);
  toast(toastText);
}

export async function cancel(id: string, user: string, abort = false): Promise<void> {
  await cancelRun(id, user, abort);
  toast(abort ? "The run is cancelled, and its calls are aborted." : "The run is cancelled.");
}

const DONE: Record<ResumeOrRestart, string> = {
  resume: "A new run continues where this one stopped.",
  restart: "A new run begins from the start.",
};

/** Starts a new run in place of a failed one, and opens it. */
export async function resumeOrRestart(how: ResumeOrRestart, dlqId: string, id: string, user: string): Promise<void> {
  const { workflowRuns } = await resumeOrRestartRuns(how, [dlqId], tokenOf(user));
  const [run] = workflowRuns;
  if (run) navigate(href("workflows", [run.workflowRunId]));
  toast(DONE[how], { href: href("workflows", [id]), text: "Back to the failed run" });
}

export async function rerunFailureFunctionOf(dlqId: string, user: string): Promise<void> {
  await rerunFailureFunction(dlqId, tokenOf(user));
  toast("The failure function is called again.");
}

/** Sends an event to one run (`only`), or to all runs that wait for it. */
export async function notify(eventId: string, data: string, user: string, only: string | null): Promise<void> {
  if (only === null) {
    const woken = await notifyAll(eventId, data, tokenOf(user));
    toast(woken.length > 0 ? `${plural(woken.length, "run")} woken.` : "No run waits for this event.");
    return;
  }
  const { messageId } = await notifyOne(only, eventId, data, tokenOf(user));
  toast(messageId ? "The run is woken." : "The event is kept until the run waits for it.");
}
