/** Schedules: their list, one in full, and the calls that trigger, pause, resume and delete them. */

import { request } from "./http";
import type { ScheduleDetail, ScheduleSummary } from "./types";

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
