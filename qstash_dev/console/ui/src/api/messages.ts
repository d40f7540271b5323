/** Messages: their list, one with its delivery attempts and events, and the calls that deliver, cancel and replay it. */

import { request } from "./http";
import type { MessageDetail, MessagePage, MessageState } from "./types";

export interface MessageQuery {
  user: string;
  search?: string;
  state?: MessageState[];
  topicName?: string;
  queueName?: string;
  scheduleId?: string;
  label?: string;
  flowControlKey?: string;
  /** `now` for messages that wait for a queue, a flow control key or a connection, `later` for those that wait for their time. */
  due?: string;
  cursor?: string;
  count?: number;
}

export const listMessages = (query: MessageQuery, signal?: AbortSignal): Promise<MessagePage> =>
  request("GET", "_dev/messages", { query: { ...query }, ...(signal && { signal }) });

/** `trimBody` is the largest number of bytes of each body, 64 KiB by default. */
export const getMessage = (id: string, trimBody?: number, signal?: AbortSignal): Promise<MessageDetail> =>
  request("GET", `_dev/messages/${encodeURIComponent(id)}`, { query: { trimBody }, ...(signal && { signal }) });

export const deliverMessage = (id: string): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/deliver`);

/** Cancels a message. With `abort` a call in flight is ended as well, otherwise it goes on. */
export const cancelMessage = (id: string, abort = false): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/cancel`, { query: { abort: abort ? "true" : "" } });

/** Ends the call in flight as a failed attempt, which retries follow. */
export const abortCall = (id: string): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/abort`);

/** The answer holds the id of the new message. */
export const replayMessage = (id: string): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/replay`);

export const MESSAGE_STATES: readonly MessageState[] = [
  "CREATED",
  "ACTIVE",
  "RETRY",
  "ERROR",
  "DELIVERED",
  "FAILED",
  "CANCEL_REQUESTED",
  "CANCELED",
];
