/** Flow control keys: what the server tells about them, and what can be done with one. */

import { request } from "./http";

export interface FlowControlKey {
  flowControlKey: string;
  waitListSize: number;
  /** Zero means that there is no limit; so does `rateMax`. */
  parallelismMax: number;
  parallelismCount: number;
  rateMax: number;
  /** Calls that began in the period that is running. */
  rateCount: number;
  /** Both in seconds. */
  ratePeriod: number;
  ratePeriodStart: number;
  isPaused: boolean;
  isPinnedParallelism: boolean;
  isPinnedRate: boolean;
}

export interface GlobalParallelism {
  parallelismMax: number;
  parallelismCount: number;
}

export interface Pin {
  parallelism?: number;
  rate?: number;
  /** Seconds. */
  period?: number;
}

type Limit = "parallelism" | "rate";

const path = (key: string, verb: string): string => `v2/flowControl/${encodeURIComponent(key)}/${verb}`;

export const listFlowControlKeys = (token: string, signal?: AbortSignal): Promise<FlowControlKey[]> =>
  request("GET", "v2/flowControl", { token, ...(signal && { signal }) });

export const getGlobalParallelism = (token: string, signal?: AbortSignal): Promise<GlobalParallelism> =>
  request("GET", "v2/globalParallelism", { token, ...(signal && { signal }) });

/** The key may be new, as it may to be pinned. */
export const pauseFlowControlKey = (token: string, key: string): Promise<void> =>
  request("POST", path(key, "pause"), { token });

export const resumeFlowControlKey = (token: string, key: string): Promise<void> =>
  request("POST", path(key, "resume"), { token });

/** These limits hold whatever messages say; a new period begins. */
export const pinFlowControlKey = (token: string, key: string, pin: Pin): Promise<void> =>
  request("POST", path(key, "pin"), { token, query: { ...pin } });

/** The value stays until a message brings another. */
export const unpinFlowControlKey = (token: string, key: string, limit: Limit): Promise<void> =>
  request("POST", path(key, "unpin"), { token, query: { [limit]: "true" } });

/** No call counts any more, and a new period begins. */
export const resetRate = (token: string, key: string): Promise<void> =>
  request("POST", path(key, "resetRate"), { token });
