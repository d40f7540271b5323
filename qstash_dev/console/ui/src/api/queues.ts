/** Queues: what the server tells about them, and what can be done with one. */

import { request } from "./http";

export interface Queue {
  name: string;
  parallelism: number;
  createdAt: number;
  updatedAt: number;
  paused: boolean;
  /** Due, and in line. */
  waiting: number;
  /** Places that are taken, also by what waits for its retry. */
  inUse: number;
}

export const listQueues = (user: string, signal?: AbortSignal): Promise<Queue[]> =>
  request("GET", "_dev/queues", { query: { user }, ...(signal && { signal }) });

/** Makes the queue if there is none of this name. */
export const setQueue = (token: string, queueName: string, parallelism: number): Promise<void> =>
  request("POST", "v2/queues", { token, json: { queueName, parallelism } });

export const pauseQueue = (token: string, name: string): Promise<void> =>
  request("POST", `v2/queues/${encodeURIComponent(name)}/pause`, { token });

export const resumeQueue = (token: string, name: string): Promise<void> =>
  request("POST", `v2/queues/${encodeURIComponent(name)}/resume`, { token });

export const deleteQueue = (token: string, name: string): Promise<void> =>
  request("DELETE", `v2/queues/${encodeURIComponent(name)}`, { token });
