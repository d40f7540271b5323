import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, fromBase64, openDestination, settled, states, until } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const FAILED_ONCE = ["ACTIVE", "ERROR", "RETRY"];

test("a message that fails twice is delivered by its third attempt", async () => {
  const hook = destination.hook().answers({ status: 500, body: "oops" }, 503, 200);
  const { messageId } = await client.publishJSON({ url: hook.url, body: { n: 1 }, retryDelay: "100" });
  const events = await settled(messageId);
  assert.deepEqual(states(events), ["CREATED", ...FAILED_ONCE, ...FAILED_ONCE, "ACTIVE", "DELIVERED"]);
  assert.deepEqual(hook.requests.map(({ headers }) => headers["upstash-retried"]), ["0", "1", "2"]);
  for (const request of hook.requests) {
    assert.equal(request.body, '{"n":1}');
    assert.equal(request.headers["upstash-message-id"], messageId);
  }
  for (const [before, behind] of [[0, 1], [1, 2]]) {
    const gap = hook.requests[behind].at - hook.requests[before].at;
    assert.ok(gap >= 99, `came after ${gap} ms`);
  }
  const [error] = events.filter(({ state }) => state === "ERROR");
  assert.equal(error.responseStatus, 500);
  assert.equal(fromBase64(error.responseBody), "oops");
  assert.match(error.error, /500/);
  for (const retry of events.filter(({ state }) => state === "RETRY")) {
    assert.equal(retry.nextDeliveryTime - retry.time, 100);
  }
});

test("retryDelay knows how often the message was retried", async () => {
  const hook = destination.hook().answers(500);
  const retryDelay = "max(10, pow(2, retried) * 10) + 5 * retried";
  const { messageId } = await client.publish({ url: hook.url, retries: 3, retryDelay });
  const events = await settled(messageId);
  const waits = events.filter(({ state }) => state === "RETRY").map((retry) => retry.nextDeliveryTime - retry.time);
  assert.deepEqual(waits, [10, 25, 50]);
  assert.deepEqual(states(events).slice(-3), ["ACTIVE", "ERROR", "FAILED"]);
  assert.equal(hook.requests.length, 4);
});

test("the first retry comes after twelve seconds unless asked otherwise", async () => {
  const hook = destination.hook().answers(500);
  const { messageId } = await client.publish({ url: hook.url });
  const retry = await until("the retry", async () => {
    const { logs } = await client.logs({ filter: { messageId, state: "RETRY" } });
    return logs[0];
  });
  assert.equal(Math.round((retry.nextDeliveryTime - retry.time) / 1_000), 12);
  await client.messages.cancel(messageId);
});

test("the destination may ask for its own delay", async () => {
  const hook = destination.hook().answers({ status: 503, headers: { "Retry-After": "0" } }, 200);
  await client.publish({ url: hook.url, retryDelay: "60000" });
  await hook.received(2);
});

test("the destination may ask to give up", async () => {
  const answer = { status: 489, headers: { "Upstash-NonRetryable-Error": "true" } };
  const hook = destination.hook().answers(answer);
  const { messageId } = await client.publish({ url: hook.url, retries: 5 });
  assert.deepEqual(states(await settled(messageId)), ["CREATED", "ACTIVE", "ERROR", "FAILED"]);
});

for (const status of [301, 400, 404, 489]) {
  test(`${status} alone is an ordinary failure`, async () => {
    const hook = destination.hook().answers({ status, headers: { Location: "/elsewhere" } }, 200);
    const { messageId } = await client.publish({ url: hook.url, retryDelay: "1" });
    assert.equal((await settled(messageId)).at(-1).state, "DELIVERED");
    assert.equal(hook.requests.length, 2);
  });
}

for (const status of [201, 202, 204, 299]) {
  test(`${status} is success`, async () => {
    const { messageId } = await client.publish({ url: destination.hook().answers(status).url });
    assert.equal((await settled(messageId)).at(-1).state, "DELIVERED");
  });
}

test("a destination that nobody listens on fails like any other", async () => {
  const gone = await openDestination();
  const { url } = gone.hook();
  gone.close();
  const { messageId } = await client.publish({ url, retries: 1, retryDelay: "1" });
  const events = await settled(messageId);
  assert.deepEqual(states(events), ["CREATED", ...FAILED_ONCE, "ACTIVE", "ERROR", "FAILED"]);
  assert.equal(typeof events[2].error, "string");
});
