import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerQuery } from "./query";

/** A source that answers on demand, and a clock that stands still unless moved. */
function setUp() {
  const asked: { answer: (value: string) => void; fail: (error: Error) => void; signal: AbortSignal }[] = [];
  const later: { work: () => void; ms: number }[] = [];
  const time = { now: 0 };
  const query = new ServerQuery<string>(
    (signal) => new Promise<string>((answer, fail) => asked.push({ answer, fail, signal })),
    (work, ms) => later.push({ work, ms }),
    () => time.now,
  );
  const settled = () => new Promise((done) => setImmediate(done));
  return { query, asked, later, time, settled };
}

test("what was read is kept until it is read anew", async () => {
  const { query, asked, later, settled } = setUp();
  void query.refresh();
  assert.equal(query.value.value, null);
  asked[0]?.answer("one");
  await settled();
  assert.equal(query.value.value, "one");
  later[0]?.work();
  query.changed();
  assert.equal(query.value.value, "one");
  asked[1]?.fail(new Error("it is gone"));
  await settled();
  assert.deepEqual([query.value.value, query.error.value], ["one", "it is gone"]);
});

test("changes while it reads make it read once more, after a rest as long as the query deserves", async () => {
  const { query, asked, later, time, settled } = setUp();
  void query.refresh();
  for (let times = 0; times < 5; times += 1) query.changed();
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
  const { query, asked, settled } = setUp();
  void query.refresh();
  void query.refresh();
  asked[1]?.answer("after");
  await settled();
  asked[0]?.answer("before");
  await settled();
  assert.equal(asked[0]?.signal.aborted, true);
  assert.equal(query.value.value, "after");
});

test("nothing is read after the last subscriber has left", async () => {
  const { query, asked, later, settled } = setUp();
  void query.refresh();
  query.changed();
  query.close();
  asked[0]?.answer("late");
  await settled();
  later[0]?.work();
  await query.refresh();
  assert.equal(asked.length, 1);
  assert.equal(query.value.value, null);
});
