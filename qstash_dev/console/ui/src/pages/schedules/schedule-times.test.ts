import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScheduleSummary } from "../../api/types";
import { lastOutcome, localTime, nextRun, zonedTime } from "./schedule-times";

const schedule = (more: Partial<ScheduleSummary>): ScheduleSummary => ({
  scheduleId: "s",
  cron: "* * * * *",
  timeZone: "UTC",
  destination: "http://a.b",
  method: "POST",
  isPaused: false,
  createdAt: 0,
  nextScheduleTime: 60_000,
  retries: 3,
  bodySize: 0,
  ...more,
});

test("a paused schedule has no next run, nor one that never fires again", () => {
  assert.equal(nextRun(schedule({})), 60_000);
  assert.equal(nextRun(schedule({ isPaused: true })), undefined);
  assert.equal(nextRun(schedule({ nextScheduleTime: 2 ** 62 })), undefined);
});

test("the outcome of a run is the worst of its messages", () => {
  const outcome = (...states: ("SUCCESS" | "FAIL" | "IN_PROGRESS")[]) =>
    lastOutcome(schedule({ lastScheduleTime: 1, lastScheduleStates: Object.fromEntries(states.entries()) }));
  assert.equal(outcome("SUCCESS", "SUCCESS"), "SUCCESS");
  assert.equal(outcome("SUCCESS", "IN_PROGRESS"), "IN_PROGRESS");
  assert.equal(outcome("IN_PROGRESS", "FAIL", "SUCCESS"), "FAIL");
  assert.equal(lastOutcome(schedule({})), undefined);
});

test("a run that published nothing has failed", () => {
  assert.equal(lastOutcome(schedule({ lastScheduleTime: 1, error: "no such group" })), "FAIL");
});

test("times are those of the zone, with its offset", () => {
  assert.deepEqual(zonedTime("2026-03-29T09:30:00+02:00"), { day: "Sun 2026-03-29", time: "09:30 +02:00" });
  assert.deepEqual(zonedTime("2026-01-01T00:00:05+00:00"), { day: "Thu 2026-01-01", time: "00:00:05 UTC" });
});

test("the reader's own time is the same instant", () => {
  const { day, time } = localTime(Date.UTC(2026, 5, 1, 12, 0, 0));
  const offset = time.endsWith("UTC") ? "Z" : time.slice(-6);
  assert.equal(Date.parse(`${day.slice(4)}T${time.slice(0, 5)}:00${offset}`), Date.UTC(2026, 5, 1, 12, 0, 0));
});
