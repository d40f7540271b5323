/** Schedules: their list, one in full, and the calls that trigger, pause, resume and delete them. */

import { request } from "./http";
import type { Body, Headers, Warning } from "./types";

export type ScheduledMessageState = "IN_PROGRESS" | "SUCCESS" | "FAIL";

export interface ScheduleSummary {
  scheduleId: string;
  cron: string;
  timeZone: string;
  /** A URL, or the name of a URL group. */
  destination: string;
  method: string;
  isPaused: boolean;
  createdAt: number;
  nextScheduleTime: number;
  retries: number;
  bodySize: number;
  lastScheduleTime?: number;
  /** The state of each message that was published last, by message id. */
  lastScheduleStates?: Record<string, ScheduledMessageState>;
  /** Why nothing was published the last time. */
  error?: string;
  /** In seconds, unlike the other durations, which are in milliseconds. */
  delay?: number;
  timeout?: number;
  retryDelayExpression?: string;
  queueName?: string;
  labels?: string[];
  flowControlKey?: string;
  parallelism?: number;
  rate?: number;
  period?: number;
  callback?: string;
  failureCallback?: string;
  callerIP?: string;
  warnings?: Warning[];
}

export interface NextScheduleTime {
  time: number;
  /** The same time in the time zone of the schedule, as ISO 8601 with the offset. */
  inZone: string;
}

export interface ScheduleDetail extends ScheduleSummary, Body {
  header?: Headers;
  nextRuns: NextScheduleTime[];
}

export const listSchedules = (user: string, signal?: AbortSignal): Promise<ScheduleSummary[]> =>
  request("GET", "_dev/schedules", { query: { user }, ...(signal && { signal }) });

export const getSchedule = (user: string, id: string, signal?: AbortSignal): Promise<ScheduleDetail> =>
  request("GET", `_dev/schedules/${encodeURIComponent(id)}`, { query: { user }, ...(signal && { signal }) });

/** Publishes now; the answer holds the ids of the new messages. */
export const triggerSchedule = (user: string, id: string): Promise<{ messageIds: string[] }> =>
  request("POST", `_dev/schedules/${encodeURIComponent(id)}/trigger`, { query: { user } });

export const pauseSchedule = (token: string, id: string): Promise<void> =>
  request("PATCH", `v2/schedules/${encodeURIComponent(id)}/pause`, { token });

export const resumeSchedule = (token: string, id: string): Promise<void> =>
  request("PATCH", `v2/schedules/${encodeURIComponent(id)}/resume`, { token });

export const deleteSchedule = (token: string, id: string): Promise<void> =>
  request("DELETE", `v2/schedules/${encodeURIComponent(id)}`, { token });
