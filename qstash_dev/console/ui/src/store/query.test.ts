import assert from "node:assert/strict";
import { test } from "node:test";
import { Reading } from "./query";

/** A source that answers when it is told to, and a clock that stands still unless moved. */
function setUp() {
  const asked: { answer: (value: string) => void; fail: (error: Error) => void; signal: AbortSignal }[] = [];
  const later: { work: () => void; ms: number }[] = [];
  const time = { now: 0 };
  const reading = new Reading<string>(
    (signal) => new Promise<string>((answer, fail) => asked.push({ answer, fail, signal })),
    (work, ms) => later.push({ work, ms }),
    () => time.now,
  );
  const settled = () => new Promise((done) => setImmediate(done));
  return { reading, asked, later, time, settled };
}

test("what was read is kept until it is read anew", async () => {
  const { reading, asked, later, settled } = setUp();
  void reading.refresh();
  assert.equal(reading.value.value, null);
  asked[0]?.answer("one");
  await settled();
  assert.equal(reading.value.value, "one");
  later[0]?.work();
  reading.changed();
  assert.equal(reading.value.value, "one");
  asked[1]?.fail(new Error("it is gone"));
  await settled();
  assert.deepEqual([reading.value.value, reading.error.value], ["one", "it is gone"]);
});

test("changes while it reads make it read once more, after a rest as long as the reading deserves", async () => {
  const { reading, asked, later, time, settled } = setUp();
  void reading.refresh();
  for (let times = 0; times < 5; times += 1) reading.changed();
  time.now = 50;
  asked[0]?.answer("one");
  await settled();
  assert.equal(asked.length, 1);
  assert.deepEqual(later.map(({ ms }) => ms), [200]);
  later[0]?.work();
  assert.equal(asked.length, 2);
  asked[1]?.answer("two");
  await settled();
  later[1]?.work();
  assert.equal(asked.length, 2);
});

test("an answer from before an action is not taken for one from after it", async () => {
  const { reading, asked, settled } = setUp();
  void reading.refresh();
  void reading.refresh();
  asked[1]?.answer("after");
  await settled();
  asked[0]?.answer("before");
  await settled();
  assert.equal(asked[0]?.signal.aborted, true);
  assert.equal(reading.value.value, "after");
});

test("nothing is read once nobody looks", async () => {
  const { reading, asked, later, settled } = setUp();
  void reading.refresh();
  reading.changed();
  reading.close();
  asked[0]?.answer("late");
  await settled();
  later[0]?.work();
  await reading.refresh();
  assert.equal(asked.length, 1);
  assert.equal(reading.value.value, null);
});
