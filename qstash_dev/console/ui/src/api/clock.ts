/** The clock of the server, what it comes to next, and starting over. */

import { request } from "./http";

export interface TravelProgress {
  now: number;
  /** Stops on the way. */
  steps: number;
  /** Delivery attempts started. */
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
  /** Of all, shown or not. */
  count: number;
}

/** What bounds a journey: stops on the way, and seconds of real time. */
export interface RunAllLimits {
  maxSteps?: number;
  timeout?: number;
}

export const getDue = (count: number, signal?: AbortSignal): Promise<DueList> =>
  request("GET", "_dev/clock/due", { query: { count }, ...(signal && { signal }) });

/** By a duration such as `4d`, or to a time. */
export const advance = (journey: { by: string } | { to: string | number }): Promise<TravelProgress> =>
  request("POST", "_dev/clock/advance", { json: journey });

export const travelToNext = (): Promise<TravelProgress> => request("POST", "_dev/clock/next");

/** Until nothing is left but recurring schedules. */
export const runAll = (bounds: RunAllLimits): Promise<TravelProgress> => request("POST", "_dev/clock/run-all", { json: bounds });

export const pauseClock = (): Promise<Clock> => request("POST", "_dev/clock/pause");

export const runClock = (scale: number): Promise<Clock> => request("POST", "_dev/clock/run", { json: { scale } });

/** As real time does; a clock that is ahead keeps its lead. */
export const realClock = (): Promise<Clock> => request("POST", "_dev/clock/real");

/** One user, or everybody with inboxes, faults and mappings; `clock` is `real` or a time to stand still at. */
export const reset = (what: { user?: string; clock?: string }): Promise<{ reset: string }> =>
  request("POST", "_dev/reset", { json: what });

export interface Clock {
  now: number;
  time: string;
  paused: boolean;
  scale: number;
  offset: number;
}
