import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock, TravelProgress } from "../api/types";
import { clockModeText, limitError, realTimeText, travelTarget, travelText } from "./travel-text";

const clock = (change: Partial<Clock>): Clock => ({ now: 0, time: "", mode: "real", paused: false, scale: 1, offset: 0, ...change });
const progress = (now: number, steps: number, attempts: number): TravelProgress => ({ now, time: "", steps, attempts, failed: 0 });
const HOUR_MS = 3_600_000;

test("what begins like a date is a time, in the reader's zone unless it says", () => {
  assert.deepEqual(travelTarget("2026-12-24T18:00Z"), { to: "2026-12-24T18:00:00.000Z" });
  assert.deepEqual(travelTarget("2026-12-24 18:00"), { to: new Date(2026, 11, 24, 18).toISOString() });
  assert.deepEqual(travelTarget("2026-12-24"), { to: new Date(2026, 11, 24).toISOString() });
  assert.deepEqual(travelTarget("2026-13-99"), { to: "2026-13-99" });
});

test("anything else is a duration, in seconds if it is a number alone", () => {
  assert.deepEqual(travelTarget(" 1h30m "), { by: "1h30m" });
  assert.deepEqual(travelTarget("90"), { by: "90s" });
  assert.deepEqual(travelTarget("tomorrow"), { by: "tomorrow" });
});

test("an arrival tells how far it was and what happened on the way", () => {
  assert.equal(travelText(0, progress(3 * HOUR_MS, 1, 2)), "Travelled 3 h: 1 stop, 2 attempts.");
  assert.equal(travelText(0, progress(HOUR_MS, 0, 0)), "Travelled 1 h: nothing was due.");
  assert.equal(travelText(5, progress(5, 0, 0)), "The clock stays where it is: nothing was due.");
});

test("every mode of the clock is described, with its offset", () => {
  assert.equal(clockModeText(clock({})), "The clock runs in real time.");
  assert.match(clockModeText(clock({ mode: "paused", paused: true })), /stands still\. Nothing falls due/);
  assert.match(clockModeText(clock({ mode: "paused", paused: true, offset: -HOUR_MS })), /stands still, 1 h behind real time/);
  assert.match(clockModeText(clock({ mode: "paused", paused: true, offset: -5100 })), /stands still, 5 s behind real time/);
  assert.match(clockModeText(clock({ mode: "scaled", scale: 60, offset: HOUR_MS })), /60 times as fast as real time, 1 h ahead of real time/);
  assert.match(clockModeText(clock({ mode: "travelled", offset: HOUR_MS - 20 })), /but 1 h ahead of real time/);
});

test("a clock that stays ahead is not called real", () => {
  assert.equal(realTimeText(clock({})), "The clock is real time again.");
  assert.match(realTimeText(clock({ mode: "travelled", offset: HOUR_MS })), /stays ahead/);
});

test("a bound is a number above zero, and not too large", () => {
  assert.equal(limitError("1000", 1_000_000), "");
  for (const text of ["", "0", "-1", "x", "1000001"]) assert.match(limitError(text, 1_000_000), /at most 1,000,000/);
});
