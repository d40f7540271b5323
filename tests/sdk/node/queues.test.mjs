import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, held, openDestination, refused, settled, states, history, until } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const names = async () => (await client.queue().list()).map(({ name }) => name).sort();
const bodies = (hook) => hook.requests.map(({ body }) => body);

test("upsert makes a queue and changes it", async () => {
  const queue = client.queue({ queueName: "mails" });
  await queue.upsert({ parallelism: 2 });
  const made = await queue.get();
  assert.deepEqual(Object.keys(made).sort(), ["createdAt", "lag", "name", "parallelism", "paused", "updatedAt"]);
  assert.deepEqual([made.name, made.parallelism, made.lag, made.paused], ["mails", 2, 0, false]);
  await queue.upsert({ parallelism: 5, paused: true });
  const changed = await queue.get();
  assert.deepEqual([changed.parallelism, changed.paused, changed.createdAt], [5, true, made.createdAt]);
  assert.ok(changed.updatedAt >= made.updatedAt);
  await queue.upsert({});
  const reset = await queue.get();
  assert.deepEqual([reset.parallelism, reset.paused], [1, false]);
});

test("list shows every queue, delete removes one", async () => {
  assert.deepEqual(await client.queue().list(), []);
  await client.queue({ queueName: "a" }).upsert({ parallelism: 1 });
  await client.queue({ queueName: "_b-2.x" }).upsert({ parallelism: 1 });
  assert.deepEqual(await names(), ["_b-2.x", "a"]);
  await client.queue({ queueName: "a" }).delete();
  assert.deepEqual(await names(), ["_b-2.x"]);
  await refused(client.queue({ queueName: "a" }).get(), 404, /queue a not found/);
});

test("enqueue makes the queue with parallelism 1", async () => {
  const queue = client.queue({ queueName: "made" });
  await queue.enqueue({ url: destination.hook().url });
  assert.equal((await queue.get()).parallelism, 1);
});

test("pause holds messages back, resume lets them go in order", async () => {
  const hook = destination.hook();
  const queue = client.queue({ queueName: "paused" });
  await queue.upsert({ parallelism: 1 });
  await queue.pause();
  assert.equal((await queue.get()).paused, true);
  const ids = [];
  for (const body of ["1", "2", "3"]) ids.push((await queue.enqueue({ url: hook.url, body })).messageId);
  assert.equal((await queue.get()).lag, 3);
  for (const id of ids) assert.deepEqual(states(await history(id)), ["CREATED"]);
  await queue.resume();
  assert.equal((await queue.get()).paused, false);
  await hook.received(3);
  assert.deepEqual(bodies(hook), ["1", "2", "3"]);
  await until("an empty queue", async () => (await queue.get()).lag === 0);
});

test("pause and resume may be repeated", async () => {
  const queue = client.queue({ queueName: "twice" });
  await queue.upsert({ parallelism: 1 });
  await queue.pause();
  await queue.pause();
  assert.equal((await queue.get()).paused, true);
  await queue.resume();
  await queue.resume();
  assert.equal((await queue.get()).paused, false);
});

test("a queue can be made paused, and resumed by upsert", async () => {
  const hook = destination.hook();
  const queue = client.queue({ queueName: "asleep" });
  await queue.upsert({ parallelism: 3, paused: true });
  const { messageId } = await queue.enqueue({ url: hook.url });
  assert.deepEqual(states(await history(messageId)), ["CREATED"]);
  await queue.upsert({ parallelism: 3, paused: false });
  await hook.received();
});

test("parallelism is how many are delivered at once", async () => {
  const gates = [held(), held(), held()];
  const hook = destination.hook().answers(...gates.map(({ promise }) => promise));
  const queue = client.queue({ queueName: "parallel" });
  await queue.upsert({ parallelism: 2 });
  const ids = [];
  for (const body of ["1", "2", "3"]) ids.push((await queue.enqueue({ url: hook.url, body })).messageId);
  await hook.received(2);
  assert.deepEqual(bodies(hook).sort(), ["1", "2"]);
  assert.deepEqual(states(await history(ids[2])), ["CREATED"]);
  assert.equal((await queue.get()).lag, 3);
  gates[0].release();
  await hook.received(3);
  for (const gate of gates) gate.release();
  await settled(ids[2]);
});

test("raising the parallelism lets waiting messages go", async () => {
  const gate = held();
  const hook = destination.hook().answers(gate.promise);
  const queue = client.queue({ queueName: "raised" });
  for (const body of ["1", "2", "3"]) await queue.enqueue({ url: hook.url, body });
  await hook.received(1);
  await queue.upsert({ parallelism: 3 });
  await hook.received(3);
  gate.release();
});

test("a deleted queue takes its messages with it and does not come back", async () => {
  const gate = held(500);
  const hook = destination.hook().answers(gate.promise);
  const queue = client.queue({ queueName: "gone" });
  const first = await queue.enqueue({ url: hook.url, retryDelay: "1" });
  const second = await queue.enqueue({ url: hook.url });
  await hook.received();
  await queue.delete();
  assert.deepEqual(await names(), []);
  gate.release();
  await until("the first message to end", async () => !(await history(first.messageId)).at(-1).state.match(/^ACTIVE|^CANCEL_/));
  assert.deepEqual(await names(), []);
  assert.equal((await history(second.messageId)).some(({ state }) => state === "ACTIVE"), false);
  await queue.delete();
});

test("what cannot be a queue is refused", async () => {
  await refused(client.queue({ queueName: "none" }).upsert({ parallelism: 0 }), 400);
  await refused(client.queue({ queueName: "two words" }).upsert({ parallelism: 1 }), 400);
  await refused(client.queue({ queueName: "none" }).get(), 404);
  assert.deepEqual(await names(), []);
});
