import assert from "node:assert/strict";
import { test } from "node:test";
import { scaleOf, ticksOf } from "./time-scale";

const HOUR_MS = 3_600_000;

/** A step of 50 ms, a sleep of eight hours, another step. */
const moments = [0, 50, 50 + 8 * HOUR_MS, 100 + 8 * HOUR_MS];

test("on the true scale a moment stands where its time is", () => {
  const scale = scaleOf([1000, 3000], "true");
  assert.deepEqual([1000, 1500, 3000].map(scale), [0, 0.25, 1]);
});

test("on the fitted scale what takes milliseconds can be seen beside what takes hours", () => {
  const fitted = scaleOf(moments, "fitted");
  assert.ok(scaleOf(moments, "true")(50) < 0.00001);
  assert.ok(fitted(50) > 0.05, String(fitted(50)));
  assert.ok(fitted(50 + 8 * HOUR_MS) - fitted(50) > 0.6, "the longest is still the widest");
});

test("the fitted scale keeps the order of time, and its ends", () => {
  const scale = scaleOf(moments, "fitted");
  assert.equal(scale(0), 0);
  assert.equal(scale(100 + 8 * HOUR_MS), 1);
  const places = [0, 25, 50, HOUR_MS, 5 * HOUR_MS, 50 + 8 * HOUR_MS, 80 + 8 * HOUR_MS].map(scale);
  assert.deepEqual(places, places.toSorted((a, b) => a - b));
  assert.equal(new Set(places).size, places.length);
});

test("what lies outside is put at the ends, and a run of no length at the beginning", () => {
  const scale = scaleOf([10, 20], "fitted");
  assert.deepEqual([scale(0), scale(30)], [0, 1]);
  assert.equal(scaleOf([7, 7], "fitted")(7), 0);
  assert.equal(scaleOf([], "true")(7), 0);
});

test("ticks tell how long after the start, the ends first, then what follows the longest interval", () => {
  const ticks = ticksOf(moments, scaleOf(moments, "fitted"));
  assert.deepEqual(ticks.map(({ text }) => text).slice(0, 1), ["0"]);
  assert.equal(ticks.at(-1)?.text, "+8 h");
  for (const [index, { at }] of ticks.entries()) {
    const next = ticks[index + 1];
    if (next) assert.ok(next.at - at >= 0.13, `${at} and ${next.at} touch`);
  }
  assert.deepEqual(ticksOf([5], scaleOf([5], "true")), []);
});

test("many moments do not make many ticks", () => {
  const many = Array.from({ length: 200 }, (_, index) => index * 1000);
  assert.ok(ticksOf(many, scaleOf(many, "true")).length <= 8);
});

test("no label stands where something else does", () => {
  const even = [0, 100, 200, 300, 400];
  const scale = scaleOf(even, "true");
  assert.deepEqual(
    ticksOf(even, scale, [0.52]).map(({ at }) => at),
    [0, 0.25, 0.75, 1],
  );
});

test("not even the end has a label where something else stands", () => {
  const even = [0, 100, 200];
  const scale = scaleOf(even, "true");
  assert.deepEqual(
    ticksOf(even, scale, [1]).map(({ at }) => at),
    [0, 0.5],
  );
});
