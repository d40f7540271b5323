import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, held, history, openDestination, settled, states, until } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

test("enqueue delivers like publish and remembers the queue", async () => {
  const hook = destination.hook();
  const queue = client.queue({ queueName: "plain" });
  const answer = await queue.enqueue({
    url: hook.url,
    method: "PUT",
    body: "text",
    headers: { "Content-Type": "text/plain", "X-A": "1" },
  });
  const [request] = await hook.received();
  assert.equal(answer.url, hook.url);
  assert.deepEqual([request.method, request.body], ["PUT", "text"]);
  assert.equal(request.headers["content-type"], "text/plain");
  assert.equal(request.headers["x-a"], "1");
  assert.equal((await client.messages.get(answer.messageId)).queueName, "plain");
});

test("enqueueJSON serialises the body", async () => {
  const hook = destination.hook();
  await client.queue({ queueName: "json" }).enqueueJSON({ url: hook.url, body: { n: 1 } });
  const [request] = await hook.received();
  assert.equal(request.body, '{"n":1}');
  assert.equal(request.headers["content-type"], "application/json");
});

test("a queue delivers one after the other, in order", async () => {
  const first = held();
  const hook = destination.hook().answers(first.promise, 200);
  const queue = client.queue({ queueName: "order" });
  const ids = [];
  for (const body of ["a", "b", "c"]) ids.push((await queue.enqueue({ url: hook.url, body })).messageId);
  await hook.received();
  for (const id of ids.slice(1)) assert.deepEqual(states(await history(id)), ["CREATED"]);
  first.release();
  await hook.received(3);
  assert.deepEqual(hook.requests.map(({ body }) => body), ["a", "b", "c"]);
});

test("the next message waits for the retries and the callback of the one before", async () => {
  const reported = held();
  const hook = destination.hook().answers(500, 200);
  const callback = destination.hook().answers(200, reported.promise);
  const queue = client.queue({ queueName: "patient" });
  const first = await queue.enqueue({ url: hook.url, body: "1", retryDelay: "50", callback: callback.url });
  const second = await queue.enqueue({ url: hook.url, body: "2" });
  await settled(first.messageId);
  await callback.received(2);
  assert.deepEqual(states(await history(second.messageId)), ["CREATED"]);
  reported.release();
  await settled(second.messageId);
  assert.deepEqual(hook.requests.map(({ body }) => body), ["1", "1", "2"]);
});

test("a cancelled message leaves its place to the next one", async () => {
  const hook = destination.hook();
  const queue = client.queue({ queueName: "cancelled" });
  const first = held();
  hook.answers(first.promise, 200);
  await queue.enqueue({ url: hook.url, body: "1" });
  const second = await queue.enqueue({ url: hook.url, body: "2" });
  const third = await queue.enqueue({ url: hook.url, body: "3" });
  await hook.received();
  assert.deepEqual(await client.messages.cancel(second.messageId), { cancelled: 1 });
  first.release();
  await settled(third.messageId);
  assert.deepEqual(hook.requests.map(({ body }) => body), ["1", "3"]);
});

test("queues do not wait for one another", async () => {
  const answer = held();
  const slow = destination.hook().answers(answer.promise);
  const fast = destination.hook();
  await client.queue({ queueName: "slow" }).enqueue({ url: slow.url });
  await client.queue({ queueName: "fast" }).enqueue({ url: fast.url });
  await Promise.all([slow.received(), fast.received()]);
  answer.release();
  await until("both messages to be logged", async () => {
    const { logs } = await client.logs({ filter: { queueName: ["slow", "fast"], state: "DELIVERED" } });
    return logs.length === 2;
  });
});
