/** The server's clock: reading it, time travel, what is due next, and reset. */

import { request } from "./http";
import type { Clock, DueList, Travel, TravelProgress } from "./types";

/** Seconds of real time that a time travel may take: its progress is shown, and it can be stopped. */
const PATIENCE_S = 60;

/** Limits of "run all": the number of stops, and seconds of real time. */
export interface RunAllLimits {
  maxSteps?: number;
  timeout?: number;
}

export const getDue = (count: number, signal?: AbortSignal): Promise<DueList> =>
  request("GET", "_dev/clock/due", { query: { count }, ...(signal && { signal }) });

/** Advances the clock by a duration such as `4d`, or to a time, and delivers what is due on the way. */
export const advance = (target: { by: string } | { to: string | number }): Promise<TravelProgress> =>
  request("POST", "_dev/clock/advance", { json: { ...target, timeout: PATIENCE_S } });

export const travelToNext = (): Promise<TravelProgress> => request("POST", "_dev/clock/next", { json: { timeout: PATIENCE_S } });

/** Stops the time travel that goes on, where it is; calls in flight go on. */
export const stopTravel = (): Promise<Travel> => request("DELETE", "_dev/clock/travel");

/** Advances the clock until only recurring schedules are left. */
export const runAll = (bounds: RunAllLimits): Promise<TravelProgress> => request("POST", "_dev/clock/run-all", { json: bounds });

export const pauseClock = (): Promise<Clock> => request("POST", "_dev/clock/pause");

export const runClock = (scale: number): Promise<Clock> => request("POST", "_dev/clock/run", { json: { scale } });

/** Lets the clock run at the speed of real time; a clock that is ahead stays ahead. */
export const realClock = (): Promise<Clock> => request("POST", "_dev/clock/real");

/** Resets one user, or all users with inboxes, faults and mappings. `clock` is `real` or a time to pause at. */
export const reset = (what: { user?: string; clock?: string }): Promise<{ reset: string }> =>
  request("POST", "_dev/reset", { json: what });
