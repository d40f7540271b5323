/** Queues: their list, and the calls that create, pause, resume and delete one. */

import { request } from "./http";
import type { Queue } from "./types";

export const listQueues = (user: string, signal?: AbortSignal): Promise<Queue[]> =>
  request("GET", "_dev/queues", { query: { user }, ...(signal && { signal }) });

/** Creates the queue if it does not exist. */
export const setQueue = (token: string, queueName: string, parallelism: number): Promise<void> =>
  request("POST", "v2/queues", { token, json: { queueName, parallelism } });

export const pauseQueue = (token: string, name: string): Promise<void> =>
  request("POST", `v2/queues/${encodeURIComponent(name)}/pause`, { token });

export const resumeQueue = (token: string, name: string): Promise<void> =>
  request("POST", `v2/queues/${encodeURIComponent(name)}/resume`, { token });

export const deleteQueue = (token: string, name: string): Promise<void> =>
  request("DELETE", `v2/queues/${encodeURIComponent(name)}`, { token });
