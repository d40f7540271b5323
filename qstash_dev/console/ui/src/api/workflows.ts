/** Workflow runs: their list, their steps, and the calls that cancel or notify them. */

import { request } from "./http";
import type { RunDetail, RunPage, RunState } from "./types";

export const RUN_STATES: readonly RunState[] = ["RUN_STARTED", "RUN_SUCCESS", "RUN_FAILED", "RUN_CANCELED"];
export interface RunQuery {
  user: string;
  search?: string;
  state?: RunState[];
  label?: string;
  workflowUrl?: string;
  cursor?: string;
  count?: number;
}

const part = encodeURIComponent;

export const listRuns = (query: RunQuery, signal?: AbortSignal): Promise<RunPage> =>
  request("GET", "_dev/runs", { query: { ...query }, ...(signal && { signal }) });

/** The latest run with this id, or the one created at `createdAt`. `trimBody` is the largest number of bytes of each body. */
export const getRun = (
  id: string,
  query: { createdAt?: string; trimBody?: number },
  signal?: AbortSignal,
): Promise<RunDetail> => request("GET", `_dev/runs/${part(id)}`, { query, ...(signal && { signal }) });

/** Cancels a run. With `abort` its calls in flight are ended as well, otherwise they go on. */
export const cancelRun = (id: string, user: string, abort: boolean): Promise<{ workflowRunId: string }> =>
  request("POST", `_dev/runs/${part(id)}/cancel`, { query: { user, abort: abort ? "true" : "" } });

/** Notifies every run that waits for the event. The data is passed on unchanged. */
export const notifyAll = (eventId: string, data: string, token: string): Promise<unknown[]> =>
  request("POST", `v2/notify/${part(eventId)}`, { body: data, token });

/** Notifies one run. If it does not wait for the event yet, the event is kept for it and the answer has no `messageId`. */
export const notifyOne = (id: string, eventId: string, data: string, token: string): Promise<{ messageId?: string }> =>
  request("POST", `v2/notify/${part(id)}/${part(eventId)}`, { body: data, token });
