/** The dead letter queue: what it holds, and the calls that empty it. */

import { request } from "./http";
import type { Body, ReceivedResponse } from "./types";

export type LetterKind = "message" | "run";
export type FunctionState = "CALLBACK_INPROGRESS" | "CALLBACK_SUCCESS" | "CALLBACK_FAIL" | "CALLBACK_CANCELED";

/** `what` is the last status, or the error if there was no answer; `to` the URL without its query. */
export interface LetterKey {
  kind: LetterKind;
  what: string;
  to: string;
}

export interface LetterGroup extends LetterKey {
  count: number;
  newest: number;
  oldest: number;
  responseStatus?: number;
}

export interface LetterGroups {
  groups: LetterGroup[];
  /** Groups that are left out. */
  more: number;
  counts: Record<LetterKind, number>;
  total: number;
}

export interface Letter extends LetterKey {
  dlqId: string;
  messageId: string;
  method: string;
  url: string;
  failedAt: number;
  attempts: number;
  duration: number;
  error: string;
  responseStatus?: number;
  topicName?: string;
  queueName?: string;
  scheduleId?: string;
  labels?: string[];
  workflowRunId?: string;
  workflowCreatedAt?: number;
  failureFunctionState?: FunctionState;
}

export interface LetterDetail {
  letter: Letter;
  request: Body;
  response?: ReceivedResponse;
  hint?: string;
}

export interface LetterQuery {
  user: string;
  search?: string;
  kind?: string;
  what?: string;
  to?: string;
}

export interface LetterPage {
  letters: Letter[];
  total: number;
  cursor?: string;
}

type Headers = Record<string, string>;
const path = (...parts: string[]): string => parts.map(encodeURIComponent).join("/");
const when = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

export const listGroups = (query: LetterQuery, signal?: AbortSignal): Promise<LetterGroups> =>
  request("GET", "_dev/dlq/groups", { query: { ...query }, ...when(signal) });

export const listLetters = (
  query: LetterQuery & { cursor?: string; count?: number },
  signal?: AbortSignal,
): Promise<LetterPage> => request("GET", "_dev/dlq", { query: { ...query }, ...when(signal) });

/** `trimBody` is how many bytes of each body are wanted, 64 KiB unless given. */
export const getLetter = (id: string, user: string, trimBody?: number, signal?: AbortSignal): Promise<LetterDetail> =>
  request("GET", `_dev/dlq/${path(id)}`, { query: { user, trimBody }, ...when(signal) });

/** Publishes the messages of the entries again; `headers` override what they were published with. */
export const retryLetters = (
  dlqIds: string[],
  token: string,
  headers: Headers = {},
): Promise<{ responses: { messageId: string }[] }> =>
  request("POST", "v2/dlq/retry", { json: { dlqIds }, token, headers });

export const deleteLetters = (kind: LetterKind, dlqIds: string[], token: string): Promise<{ deleted: number }> =>
  request("DELETE", kind === "run" ? "v2/workflows/dlq" : "v2/dlq", { json: { dlqIds }, token });

export type Recovery = "resume" | "restart";

/** New runs take the place of the failed ones: from where they stopped, or from the beginning. At most 50 at once. */
export const recoverRuns = (
  how: Recovery,
  dlqIds: string[],
  token: string,
  headers: Headers = {},
): Promise<{ workflowRuns: { workflowRunId: string }[] }> =>
  request("POST", `v2/workflows/dlq/${how}`, { json: { dlqIds }, token, headers });

export const rerunFailureFunction = (dlqId: string, token: string): Promise<unknown> =>
  request("POST", `v2/workflows/dlq/callback/${path(dlqId)}`, { token });
