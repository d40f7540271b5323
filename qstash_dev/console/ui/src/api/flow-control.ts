/** Flow control keys: their list, the global parallelism, and the calls that pause, pin and reset a key. */

import { request } from "./http";
import type { FlowControlKey, GlobalParallelism } from "./types";

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

/** A key that does not exist yet is created. */
export const pauseFlowControlKey = (token: string, key: string): Promise<void> =>
  request("POST", path(key, "pause"), { token });

export const resumeFlowControlKey = (token: string, key: string): Promise<void> =>
  request("POST", path(key, "resume"), { token });

/** Pinned limits override those of messages. A new period begins. A key that does not exist yet is created. */
export const pinFlowControlKey = (token: string, key: string, pin: Pin): Promise<void> =>
  request("POST", path(key, "pin"), { token, query: { ...pin } });

/** The limit applies until a message sets another. */
export const unpinFlowControlKey = (token: string, key: string, limit: Limit): Promise<void> =>
  request("POST", path(key, "unpin"), { token, query: { [limit]: "true" } });

/** Sets the count of calls to zero and begins a new period. */
export const resetRate = (token: string, key: string): Promise<void> =>
  request("POST", path(key, "resetRate"), { token });
