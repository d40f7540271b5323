import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, fromBase64, openDestination, settled, states } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

test("a callback reports the answer and the message it belongs to", async () => {
  const hook = destination.hook().answers({ status: 201, headers: { "X-Reply": "r" }, body: "créé" });
  const callback = destination.hook();
  const { messageId } = await client.publish({
    url: `${hook.url}?q=1`,
    method: "PUT",
    body: "ask",
    headers: { "Content-Type": "text/plain", "X-A": "1" },
    retries: 2,
    callback: callback.url,
  });
  const [request] = await callback.received();
  const message = await client.messages.get(messageId);
  assert.equal(request.method, "POST");
  assert.equal(request.headers["content-type"], "application/json");
  const report = JSON.parse(request.body);
  assert.equal(report.status, 201);
  assert.equal(fromBase64(report.body), "créé");
  assert.deepEqual(report.header["X-Reply"], ["r"]);
  assert.equal(report.retried, 0);
  assert.equal(report.maxRetries, 2);
  assert.equal(report.sourceMessageId, messageId);
  assert.equal(report.url, `${hook.url}?q=1`);
  assert.equal(report.method, "PUT");
  assert.deepEqual(report.sourceHeader, { "Content-Type": ["text/plain"], "X-A": ["1"] });
  assert.equal(fromBase64(report.sourceBody), "ask");
  assert.equal(report.createdAt, message.createdAt);
  assert.equal(report.notBefore, message.notBefore);
  assert.equal(report.callerIP, "127.0.0.1");
  assert.equal("dlqId" in report, false);
});

test("a callback is a message of its own", async () => {
  const callback = destination.hook();
  const { messageId } = await client.publish({ url: destination.hook().url, callback: callback.url });
  const [request] = await callback.received();
  const id = request.headers["upstash-message-id"];
  assert.notEqual(id, messageId);
  assert.equal(request.headers["upstash-retried"], "0");
  const events = await settled(id);
  assert.deepEqual(states(events), ["CREATED", "ACTIVE", "DELIVERED"]);
  assert.equal(events[0].url, callback.url);
  for (const event of await settled(messageId)) assert.equal(event.callback, callback.url);
});

test("every attempt is reported", async () => {
  const hook = destination.hook().answers({ status: 500, body: "no" }, { status: 200, body: "yes" });
  const callback = destination.hook();
  await client.publish({ url: hook.url, retryDelay: "50", callback: callback.url });
  const reports = (await callback.received(2)).map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    reports.map(({ status, retried, body }) => [status, retried, fromBase64(body)]),
    [[500, 0, "no"], [200, 1, "yes"]],
  );
});

test("a failure callback comes once, at the end, and names the dead letter", async () => {
  const hook = destination.hook().answers(500, { status: 502, body: "last" });
  const failureCallback = destination.hook();
  const { messageId } = await client.publish({
    url: hook.url,
    body: "ask",
    retries: 1,
    retryDelay: "1",
    failureCallback: failureCallback.url,
  });
  const [request] = await failureCallback.received();
  await settled(request.headers["upstash-message-id"]);
  assert.equal(failureCallback.requests.length, 1);
  const report = JSON.parse(request.body);
  const { messages } = await client.dlq.listMessages({ dlqIds: report.dlqId });
  assert.equal(messages[0].messageId, messageId);
  assert.equal(report.sourceMessageId, messageId);
  assert.equal(report.status, 502);
  assert.equal(fromBase64(report.body), "last");
  assert.equal(fromBase64(report.sourceBody), "ask");
  assert.deepEqual([report.retried, report.maxRetries], [1, 1]);
});

test("a delivered message has no failure callback", async () => {
  const [callback, failureCallback] = [destination.hook(), destination.hook()];
  const url = destination.hook().url;
  await client.publish({ url, callback: callback.url, failureCallback: failureCallback.url });
  const [request] = await callback.received();
  await settled(request.headers["upstash-message-id"]);
  assert.deepEqual((await client.logs({ filter: { url: failureCallback.url } })).logs, []);
});

test("both callbacks come when the last attempt fails", async () => {
  const [callback, failureCallback] = [destination.hook(), destination.hook()];
  const hook = destination.hook().answers(500);
  await client.publish({ url: hook.url, retries: 0, callback: callback.url, failureCallback: failureCallback.url });
  await Promise.all([callback.received(), failureCallback.received()]);
});

test("a callback has settings of its own", async () => {
  const callback = destination.hook();
  await client.publish({
    url: destination.hook().url,
    callback: callback.url,
    headers: {
      "X-Mine": "message",
      "Upstash-Callback-Method": "PATCH",
      "Upstash-Callback-Forward-X-Secret": "s3cret",
    },
  });
  const [request] = await callback.received();
  assert.equal(request.method, "PATCH");
  assert.equal(request.headers["x-secret"], "s3cret");
  assert.equal(request.headers["x-mine"], undefined);
});

test("a callback that fails is retried and ends in the dead letter queue", async () => {
  const callback = destination.hook().answers(500);
  await client.publish({
    url: destination.hook().url,
    callback: callback.url,
    headers: { "Upstash-Callback-Retries": "1", "Upstash-Callback-Retry-Delay": "1" },
  });
  const [request] = await callback.received(2);
  const events = await settled(request.headers["upstash-message-id"]);
  assert.equal(events.at(-1).state, "FAILED");
  const { messages } = await client.dlq.listMessages({ filter: { url: callback.url } });
  assert.equal(messages.length, 1);
});

test("callbacks work for batches and queues", async () => {
  const callback = destination.hook();
  const url = destination.hook().url;
  await client.batch([{ url, callback: callback.url }]);
  await client.queue({ queueName: "reported" }).enqueue({ url, callback: callback.url });
  await callback.received(2);
});
