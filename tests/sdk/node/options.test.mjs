import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, held, openDestination, publishForLater, settled, states } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const LATER = "http://app.internal/later";
const get = async (request) => client.messages.get(await publishForLater({ url: LATER, ...request }));

test("every option of publish can be read back from the message", async () => {
  const message = await get({
    method: "PATCH",
    body: "b",
    headers: { "Content-Type": "text/plain", "x-two-words": "kept" },
    retries: 5,
    retryDelay: "pow(2, retried) * 1000",
    timeout: 30,
    callback: "https://oz.internal/done?id=1&x=%20",
    failureCallback: "https://oz.internal/failed",
    label: ["blue", "red"],
    flowControl: { key: "limits", parallelism: 4, rate: 6, period: "1h" },
  });
  assert.equal(message.url, LATER);
  assert.equal(message.method, "PATCH");
  assert.equal(message.body, "b");
  assert.deepEqual(message.header, { "Content-Type": ["text/plain"], "X-Two-Words": ["kept"] });
  assert.equal(message.maxRetries, 5);
  assert.equal(message.retryDelayExpression, "pow(2, retried) * 1000");
  assert.equal(message.callback, "https://oz.internal/done?id=1&x=%20");
  assert.equal(message.failureCallback, "https://oz.internal/failed");
  assert.equal(message.label, "blue");
  assert.deepEqual(message.labels, ["blue", "red"]);
  assert.equal(message.flowControlKey, "limits");
  assert.equal(message.parallelism, 4);
  assert.equal(message.rate, 6);
  assert.equal(message.ratePerSecond, 6);
  assert.equal(message.period, 3_600);
  assert.equal(message.callerIP, "127.0.0.1");
});

test("what was not asked for is left out", async () => {
  const message = await get({});
  assert.equal(message.maxRetries, 3);
  for (const name of ["body", "bodyBase64", "header", "topicName", "queueName", "scheduleId", "callback"]) {
    assert.equal(name in message, false, name);
  }
  for (const name of ["failureCallback", "flowControlKey", "parallelism", "rate", "label", "labels"]) {
    assert.equal(name in message, false, name);
  }
});

test("flow control with a rate only, and with a parallelism only", async () => {
  const rate = await get({ flowControl: { key: "r", ratePerSecond: 2 } });
  assert.deepEqual([rate.parallelism, rate.rate, rate.period], [undefined, 2, 1]);
  const parallelism = await get({ flowControl: { key: "p", parallelism: 5, period: 90 } });
  assert.deepEqual([parallelism.parallelism, parallelism.rate, parallelism.period], [5, undefined, 90]);
});

test("a label may be a single word", async () => {
  const message = await get({ label: "only" });
  assert.equal(message.label, "only");
  assert.deepEqual(message.labels, ["only"]);
});

for (const [delay, milliseconds] of [[60, 60_000], ["90s", 90_000], ["10m", 600_000], ["2h", 7_200_000], ["10d", 864_000_000]]) {
  test(`delay ${JSON.stringify(delay)} counts from the creation`, async () => {
    const message = await get({ delay });
    assert.equal(message.notBefore - message.createdAt, milliseconds);
  });
}

test("notBefore is in unix seconds and wins over delay", async () => {
  const notBefore = Math.floor(Date.now() / 1_000) + 1_000;
  const message = await get({ delay: 60, notBefore });
  assert.equal(message.notBefore, notBefore * 1_000);
});

test("a notBefore in the past means now", async () => {
  const hook = destination.hook();
  await client.publish({ url: hook.url, notBefore: 1_600_000_000 });
  await hook.received();
});

test("a delayed message is held back and then delivered", async () => {
  const hook = destination.hook();
  const { messageId } = await client.publish({ url: hook.url, delay: 1 });
  const { createdAt } = await client.messages.get(messageId);
  const [request] = await hook.received();
  assert.ok(request.at >= createdAt + 1_000, `came after ${request.at - createdAt} ms`);
});

test("a destination slower than the timeout has failed", async () => {
  const answer = held();
  const hook = destination.hook().answers(answer.promise);
  const { messageId } = await client.publish({ url: hook.url, timeout: 0.1, retries: 0 });
  const events = await settled(messageId);
  answer.release();
  assert.deepEqual(states(events), ["CREATED", "ACTIVE", "ERROR", "FAILED"]);
  assert.equal(events[0].timeout, 100);
  assert.match(events[2].error, /0\.1 s/);
  const { messages } = await client.dlq.listMessages({ filter: { messageId } });
  assert.equal(messages[0].responseStatus, 0);
});

test("a destination faster than the timeout has succeeded", async () => {
  const { messageId } = await client.publish({ url: destination.hook().url, timeout: "30s" });
  assert.equal((await settled(messageId)).at(-1).state, "DELIVERED");
});
