import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, duration, plural, prettyJson, relative, remaining, sentence } from "./format";

const cases = <Value>(name: string, table: [Value, string][], make: (value: Value) => string): void => {
  test(name, () => {
    for (const [value, wanted] of table) assert.equal(make(value), wanted);
  });
};

cases("durations have at most two units", [
  [0, "0 ms"],
  [999, "999 ms"],
  [1500, "1.5 s"],
  [12_000, "12 s"],
  [125_000, "2 m 5 s"],
  [3_600_000, "1 h"],
  [4 * 86_400_000 + 3 * 3_600_000, "4 d 3 h"],
], duration);

cases("ages have one unit", [
  [10_000, "now"],
  [5000, "5 s ago"],
  [190_000, "in 3 m"],
  [10_500, "in 1 s"],
], (at) => relative(at, 10_000));

cases("sizes", [
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KB"],
  [5 * 1024 * 1024, "5.0 MB"],
], bytes);

test("a sentence has a capital and a full stop, and ids stay as they are", () => {
  assert.deepEqual(["gave up", "3rd in queue", "msg_1 gave up", "why?"].map(sentence), ["Gave up.", "3rd in queue.", "msg_1 gave up.", "Why?"]);
});

test("what is left of a wait is told to the second", () => {
  assert.deepEqual([0, 400, 9_000, 59_400, 60_000, 148_000].map(remaining), ["0 s", "1 s", "9 s", "60 s", "1 m", "2 m 28 s"]);
});

test("one of a thing is not many", () => {
  assert.equal(plural(1, "match", "matches"), "1 match");
  assert.equal(plural(1234, "message"), "1,234 messages");
});

test("only objects and arrays are shown as JSON", () => {
  assert.equal(prettyJson('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(prettyJson("{broken"), null);
  assert.equal(prettyJson("12"), null);
});

test("a hint stands by itself, as a statement or as the question that it is", () => {
  assert.equal(sentence("use a name"), "Use a name.");
  assert.equal(sentence("is it still starting?"), "Is it still starting?");
});
