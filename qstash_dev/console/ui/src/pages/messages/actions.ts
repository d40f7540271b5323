/** Actions on a message. Each shows a toast with the outcome. */

import { errorMessage, serverUrl } from "../../api/http";
import { abortCall, cancelMessage, deliverMessage, replayMessage } from "../../api/messages";
import type { MessageDetail, MessageSummary } from "../../api/types";
import { isFinal } from "../../components/message-state";
import { copyText } from "../../lib/clipboard";
import type { Snippet } from "../../publish/snippets";
import { hrefHere, navigate } from "../../router";
import { setup } from "../../store/status";
import { toast, toastError } from "../../store/toasts";

export const canDeliver = ({ due, state }: MessageSummary): boolean => due !== undefined && !isFinal({ state });

export const canCancel = ({ state }: MessageSummary): boolean => !isFinal({ state }) && state !== "CANCEL_REQUESTED";

export async function deliver(id: string): Promise<void> {
  await deliverMessage(id);
  toast("The message is due now.");
}

export async function cancel(id: string, abort = false): Promise<void> {
  await cancelMessage(id, abort);
  toast(abort ? "The message is cancelled, and its call is aborted." : "The message is cancelled.");
}

export async function abort(id: string): Promise<void> {
  await abortCall(id);
  toast("The call is aborted, as a failed attempt.");
}

/** Replays a message and opens the new one. */
export async function replay(id: string): Promise<void> {
  try {
    const { messageId } = await replayMessage(id);
    navigate(hrefHere([messageId]));
    toast("Replayed as a new message.", { href: hrefHere([id]), text: "Back to the original" });
  } catch (error) {
    toastError(errorMessage(error));
  }
}

export async function copyAs(snippet: Snippet, detail: MessageDetail): Promise<void> {
  const token = setup.value?.users.find(({ name }) => name === detail.user)?.token ?? "";
  try {
    await copyText(snippet.text(detail, serverUrl(), token));
    toast(`Copied as ${snippet.name}.`);
  } catch (error) {
    toastError(errorMessage(error));
  }
}
