import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, held, history, openDestination, refused, settled, states, until } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

let keys = 0;
const newKey = () => `key-${++keys}`;
const info = (key) => client.flowControl.get(key);
const publish = async (hook, flowControl, request = {}) =>
  (await client.publish({ url: hook.url, flowControl, ...request })).messageId;

test("a key shows all its numbers as soon as it is used", async () => {
  const key = newKey();
  const gate = held();
  const hook = destination.hook().answers(gate.promise);
  const id = await publish(hook, { key, parallelism: 3, rate: 10, period: 60 });
  await hook.received();
  const { ratePeriodStart, ...rest } = await info(key);
  assert.deepEqual(rest, {
    flowControlKey: key,
    waitListSize: 0,
    parallelismMax: 3,
    parallelismCount: 1,
    rateMax: 10,
    rateCount: 1,
    ratePeriod: 60,
    isPaused: false,
    isPinnedParallelism: false,
    isPinnedRate: false,
  });
  assert.ok(Math.abs(ratePeriodStart - Date.now() / 1_000) < 10, `${ratePeriodStart} is not a unix time in seconds`);
  gate.release();
  await settled(id);
  assert.equal((await info(key)).parallelismCount, 0);
});

test("a key is a plain name, and any other is refused in hosted words", async () => {
  for (const key of ["user:42", "user 42", encodeURIComponent("é")]) {
    await assert.rejects(publish(destination.hook(), { key, parallelism: 1 }), /flowControlKey must be alphanumeric, hyphen, underscore, or period/);
  }
  await settled(await publish(destination.hook(), { key: "user-42_a.b", parallelism: 1 }));
  assert.equal((await info("user-42_a.b")).flowControlKey, "user-42_a.b");
});

test("a key that was never used is not found", async () => {
  await refused(info("never-used"), 404);
});

test("parallelism is how many are delivered at once", async () => {
  const key = newKey();
  const gate = held();
  const hook = destination.hook().answers(gate.promise, 200);
  await publish(hook, { key, parallelism: 1 });
  const second = await publish(hook, { key, parallelism: 1 });
  await hook.received();
  const { waitListSize, parallelismCount, rateMax } = await info(key);
  assert.deepEqual([waitListSize, parallelismCount, rateMax], [1, 1, 0]);
  assert.deepEqual(states(await history(second)), ["CREATED"]);
  gate.release();
  await settled(second);
  assert.equal((await info(key)).waitListSize, 0);
});

test("rate is how many may start in a period, and resetRate begins a new one", async () => {
  const key = newKey();
  const hook = destination.hook();
  const ids = [];
  for (let n = 0; n < 3; n++) ids.push(await publish(hook, { key, rate: 2, period: "10m" }));
  await settled(ids[1]);
  const full = await info(key);
  assert.deepEqual([full.waitListSize, full.rateCount, full.rateMax, full.ratePeriod], [1, 2, 2, 600]);
  assert.deepEqual(states(await history(ids[2])), ["CREATED"]);
  await client.flowControl.resetRate(key);
  await settled(ids[2]);
  assert.equal((await info(key)).rateCount, 1);
});

test("resetRate of a paused key sets the count to zero", async () => {
  const key = newKey();
  await settled(await publish(destination.hook(), { key, rate: 5, period: 600 }));
  await client.flowControl.pause(key);
  await client.flowControl.resetRate(key);
  assert.equal((await info(key)).rateCount, 0);
});

test("pause holds messages back, resume lets them go", async () => {
  const key = newKey();
  const hook = destination.hook();
  await settled(await publish(hook, { key, parallelism: 1 }));
  await client.flowControl.pause(key);
  const id = await publish(hook, { key, parallelism: 1 }, { body: "held" });
  const paused = await info(key);
  assert.deepEqual([paused.isPaused, paused.waitListSize], [true, 1]);
  assert.deepEqual(states(await history(id)), ["CREATED"]);
  await client.flowControl.pause(key);
  await client.flowControl.resume(key);
  await settled(id);
  assert.equal((await info(key)).isPaused, false);
});

test("the latest message configures the key", async () => {
  const key = newKey();
  await settled(await publish(destination.hook(), { key, parallelism: 1, rate: 1 }));
  await publish(destination.hook(), { key, parallelism: 7, rate: 8, period: 90 });
  const { parallelismMax, rateMax, ratePeriod } = await info(key);
  assert.deepEqual([parallelismMax, rateMax, ratePeriod], [7, 8, 90]);
});

test("a raised parallelism lets waiting messages go", async () => {
  const key = newKey();
  const gate = held();
  const hook = destination.hook().answers(gate.promise);
  await publish(hook, { key, parallelism: 1 });
  await publish(hook, { key, parallelism: 1 });
  await hook.received(1);
  await publish(hook, { key, parallelism: 3 });
  await hook.received(3);
  gate.release();
});

test("pin fixes the values against later messages, unpin gives them back", async () => {
  const key = newKey();
  const publishWith = (parallelism, rate) => publish(destination.hook(), { key, parallelism, rate });
  await settled(await publishWith(5, 5));
  await client.flowControl.pin(key, { parallelism: 3, rate: 20, period: 120 });
  await settled(await publishWith(9, 9));
  const pinned = await info(key);
  assert.deepEqual([pinned.parallelismMax, pinned.rateMax, pinned.ratePeriod], [3, 20, 120]);
  assert.deepEqual([pinned.isPinnedParallelism, pinned.isPinnedRate], [true, true]);

  await client.flowControl.unpin(key, { parallelism: true });
  await settled(await publishWith(9, 9));
  const half = await info(key);
  assert.deepEqual([half.isPinnedParallelism, half.isPinnedRate], [false, true]);
  assert.deepEqual([half.parallelismMax, half.rateMax, half.ratePeriod], [9, 20, 120]);

  await client.flowControl.unpin(key, { rate: true });
  await settled(await publishWith(9, 9));
  const free = await info(key);
  assert.deepEqual([free.isPinnedRate, free.rateMax, free.ratePeriod], [false, 9, 1]);
});

test("one value can be pinned alone", async () => {
  const key = newKey();
  await settled(await publish(destination.hook(), { key, parallelism: 5, rate: 5, period: 60 }));
  await client.flowControl.pin(key, { parallelism: 2 });
  const { parallelismMax, rateMax, isPinnedParallelism, isPinnedRate } = await info(key);
  assert.deepEqual([parallelismMax, rateMax, isPinnedParallelism, isPinnedRate], [2, 5, true, false]);
});

test("values that make no sense cannot be pinned", async () => {
  const key = newKey();
  await settled(await publish(destination.hook(), { key, parallelism: 5 }));
  await refused(client.flowControl.pin(key, { parallelism: -1 }), 400);
  await refused(client.flowControl.pin(key, { rate: "many" }), 400);
  assert.equal((await info(key)).parallelismMax, 5);
});

test("global parallelism counts what is being delivered", async () => {
  await until("quiet", async () => (await client.flowControl.getGlobalParallelism()).parallelismCount === 0);
  const gate = held();
  const hook = destination.hook().answers(gate.promise);
  const id = (await client.publish({ url: hook.url })).messageId;
  await hook.received();
  const { parallelismMax, parallelismCount } = await client.flowControl.getGlobalParallelism();
  assert.equal(parallelismCount, 1);
  assert.ok(parallelismMax > 0);
  gate.release();
  await settled(id);
});
