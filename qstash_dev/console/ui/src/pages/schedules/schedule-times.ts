/** The last and the next time of a schedule, and how times are shown. */

import type { ScheduledMessageState, ScheduleSummary } from "../../api/types";


/** The end of JavaScript dates; the server sends a later time for "never". */
const LAST_DATE_MS = 8.64e15;

/** The next time; undefined if the schedule is paused or has no further time. */
export function nextRun({ isPaused, nextScheduleTime }: ScheduleSummary): number | undefined {
  return isPaused || nextScheduleTime > LAST_DATE_MS ? undefined : nextScheduleTime;
}

/** The state of the messages published last: the worst of them. Undefined if there are none. */
export function lastOutcome({ lastScheduleTime, lastScheduleStates = {}, error }: ScheduleSummary): ScheduledMessageState | undefined {
  if (lastScheduleTime === undefined) return undefined;
  const states = Object.values(lastScheduleStates);
  if (error !== undefined || states.includes("FAIL")) return "FAIL";
  return states.includes("IN_PROGRESS") ? "IN_PROGRESS" : "SUCCESS";
}

/** A date and a time of day in some time zone. */
export interface WallTime {
  day: string;
  time: string;
}

/** `2026-03-29T09:30:00+02:00` as `Sun 2026-03-29` and `09:30 +02:00`; seconds only if there are any. */
export function zonedTime(inZone: string): WallTime {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)(.*)$/.exec(inZone);
  if (!match) return { day: inZone, time: "" };
  const [, day = "", minute = "", second = "", offset = ""] = match;
  const time = `${minute}${second === ":00" ? "" : second} ${offset === "+00:00" ? "UTC" : offset}`;
  return { day: `${weekday(day)} ${day}`, time };
}

/** The same time in the zone of the browser. */
export function localTime(ms: number): WallTime {
  const date = new Date(ms);
  const pad = (value: number): string => String(value).padStart(2, "0");
  const minutes = -date.getTimezoneOffset();
  const sign = minutes < 0 ? "-" : "+";
  const offset = `${sign}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return zonedTime(`${day}T${[date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(":")}${offset}`);
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function weekday(day: string): string {
  return DAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? "";
}
