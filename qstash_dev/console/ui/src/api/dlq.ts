/** The dead letter queue: its entries and groups of them, and the calls that retry, resume, restart and delete. */

import { request } from "./http";
import type { DlqEntryDetail, DlqEntryKind, DlqGroups, DlqPage } from "./types";

export interface DlqQuery {
  user: string;
  search?: string;
  kind?: string;
  what?: string;
  to?: string;
}

type Headers = Record<string, string>;
const path = (...parts: string[]): string => parts.map(encodeURIComponent).join("/");
const withSignal = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

export const listDlqGroups = (query: DlqQuery, signal?: AbortSignal): Promise<DlqGroups> =>
  request("GET", "_dev/dlq/groups", { query: { ...query }, ...withSignal(signal) });

export const listDlqEntries = (
  query: DlqQuery & { cursor?: string; count?: number },
  signal?: AbortSignal,
): Promise<DlqPage> => request("GET", "_dev/dlq", { query: { ...query }, ...withSignal(signal) });

/** `trimBody` is the largest number of bytes of each body, 64 KiB by default. */
export const getDlqEntry = (id: string, user: string, trimBody?: number, signal?: AbortSignal): Promise<DlqEntryDetail> =>
  request("GET", `_dev/dlq/${path(id)}`, { query: { user, trimBody }, ...withSignal(signal) });

/** Publishes the messages again. `headers` override those of the first publish. */
export const retryDlqMessages = (
  dlqIds: string[],
  token: string,
  headers: Headers = {},
): Promise<{ responses: { messageId: string }[] }> =>
  request("POST", "v2/dlq/retry", { json: { dlqIds }, token, headers });

export const deleteDlqEntries = (kind: DlqEntryKind, dlqIds: string[], token: string): Promise<{ deleted: number }> =>
  request("DELETE", kind === "run" ? "v2/workflows/dlq" : "v2/dlq", { json: { dlqIds }, token });

export type ResumeOrRestart = "resume" | "restart";

/** Starts new runs in place of the failed ones: from the step that failed, or from the beginning. At most 50 at once. */
export const resumeOrRestartRuns = (
  how: ResumeOrRestart,
  dlqIds: string[],
  token: string,
  headers: Headers = {},
): Promise<{ workflowRuns: { workflowRunId: string }[] }> =>
  request("POST", `v2/workflows/dlq/${how}`, { json: { dlqIds }, token, headers });

export const rerunFailureFunction = (dlqId: string, token: string): Promise<unknown> =>
  request("POST", `v2/workflows/dlq/callback/${path(dlqId)}`, { token });
