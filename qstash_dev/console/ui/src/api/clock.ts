/** The server's clock: reading it, time travel, what is due next, and reset. */

import { request } from "./http";

export interface TravelProgress {
  now: number;
  /** Number of stops on the way. */
  steps: number;
  /** Number of delivery attempts started. */
  attempts: number;
}

export interface DueItem {
  due: number;
  kind: "message" | "retry" | "schedule" | "event" | "flowControl";
  user: string;
  url?: string;
  messageId?: string;
  scheduleId?: string;
  workflowRunId?: string;
  eventId?: string;
  flowControlKey?: string;
}

export interface DueList {
  now: number;
  due: DueItem[];
  /** Number of all due items, also those beyond the ones listed. */
  count: number;
}

/** Limits of "run all": the number of stops, and seconds of real time. */
export interface RunAllLimits {
  maxSteps?: number;
  timeout?: number;
}

export const getDue = (count: number, signal?: AbortSignal): Promise<DueList> =>
  request("GET", "_dev/clock/due", { query: { count }, ...(signal && { signal }) });

/** Advances the clock by a duration such as `4d`, or to a time, and delivers what is due on the way. */
export const advance = (target: { by: string } | { to: string | number }): Promise<TravelProgress> =>
  request("POST", "_dev/clock/advance", { json: target });

export const travelToNext = (): Promise<TravelProgress> => request("POST", "_dev/clock/next");

/** Advances the clock until only recurring schedules are left. */
export const runAll = (bounds: RunAllLimits): Promise<TravelProgress> => request("POST", "_dev/clock/run-all", { json: bounds });

export const pauseClock = (): Promise<Clock> => request("POST", "_dev/clock/pause");

export const runClock = (scale: number): Promise<Clock> => request("POST", "_dev/clock/run", { json: { scale } });

/** Lets the clock run at the speed of real time; a clock that is ahead stays ahead. */
export const realClock = (): Promise<Clock> => request("POST", "_dev/clock/real");

/** Resets one user, or all users with inboxes, faults and mappings. `clock` is `real` or a time to pause at. */
export const reset = (what: { user?: string; clock?: string }): Promise<{ reset: string }> =>
  request("POST", "_dev/reset", { json: what });

export interface Clock {
  now: number;
  time: string;
  paused: boolean;
  scale: number;
  offset: number;
}
