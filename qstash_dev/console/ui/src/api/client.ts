/** The calls that pages make, one function each. A page adds those that it needs. */

import { request } from "./http";
import type { MessageDetail, MessagePage, Setup, State, Status } from "./types";

export interface MessageQuery {
  user: string;
  search?: string;
  state?: State[];
  topicName?: string;
  queueName?: string;
  scheduleId?: string;
  label?: string;
  flowControlKey?: string;
  /** `now` for what waits for a gate or a connection only, `later` for what waits for its time. */
  due?: string;
  cursor?: string;
  count?: number;
}

export const getStatus = (): Promise<Status> => request("GET", "_dev/status");

export const getSetup = (): Promise<Setup> => request("GET", "_dev/setup");

export const listMessages = (query: MessageQuery, signal?: AbortSignal): Promise<MessagePage> =>
  request("GET", "_dev/messages", { query: { ...query }, ...(signal && { signal }) });

/** `trimBody` is how many bytes of each body are wanted, 64 KiB unless given. */
export const getMessage = (id: string, trimBody?: number, signal?: AbortSignal): Promise<MessageDetail> =>
  request("GET", `_dev/messages/${encodeURIComponent(id)}`, { query: { trimBody }, ...(signal && { signal }) });

export const deliverMessage = (id: string): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/deliver`);

export const cancelMessage = (id: string): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/cancel`);

/** The answer names the new message. */
export const replayMessage = (id: string): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/replay`);
