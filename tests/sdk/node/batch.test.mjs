import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, openDestination, refused } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

test("batch sends each message its own way and answers in order", async () => {
  const [first, second] = [destination.hook(), destination.hook()];
  const answers = await client.batch([
    { url: first.url, body: "one", headers: { "Content-Type": "text/plain", "X-N": "1" } },
    { url: second.url, method: "DELETE", headers: { "X-N": "2" } },
  ]);
  const [[one], [two]] = await Promise.all([first.received(), second.received()]);
  assert.deepEqual(answers.map(({ url }) => url), [first.url, second.url]);
  assert.deepEqual([one, two].map((request) => request.headers["upstash-message-id"]), answers.map(({ messageId }) => messageId));
  assert.deepEqual([one.method, one.body, one.headers["x-n"]], ["POST", "one", "1"]);
  assert.deepEqual([two.method, two.body, two.headers["x-n"]], ["DELETE", "", "2"]);
  assert.equal(one.headers["content-type"], "text/plain");
});

test("the content type of the batch itself is not that of its messages", async () => {
  const hook = destination.hook();
  await client.batch([{ url: hook.url, body: "plain" }]);
  const [request] = await hook.received();
  assert.equal(request.headers["content-type"], undefined);
});

test("batchJSON serialises every body", async () => {
  const hook = destination.hook();
  const answers = await client.batchJSON([
    { url: hook.url, body: { n: 1 } },
    { url: hook.url, body: ["ü"] },
  ]);
  const requests = await hook.received(2);
  assert.equal(answers.length, 2);
  assert.deepEqual(requests.map(({ body }) => body).sort(), ['["ü"]', '{"n":1}']);
  for (const request of requests) assert.equal(request.headers["content-type"], "application/json");
});

test("a batch of one is answered by an array of one", async () => {
  const answers = await client.batchJSON([{ url: destination.hook().url, body: 1 }]);
  assert.equal(answers.length, 1);
  assert.equal(typeof answers[0].messageId, "string");
});

test("messages of a batch may go into queues and have every option", async () => {
  const url = "http://app.internal/later";
  const answers = await client.batch([
    { url, queueName: "batched", delay: "1h", label: ["a", "b"], retries: 1 },
    { url, delay: 60, callback: "https://oz.internal/done", retryDelay: "5" },
  ]);
  const [queued, plain] = await Promise.all(answers.map(({ messageId }) => client.messages.get(messageId)));
  assert.equal(queued.queueName, "batched");
  assert.deepEqual(queued.labels, ["a", "b"]);
  assert.equal(queued.maxRetries, 1);
  assert.equal(plain.queueName, undefined);
  assert.equal(plain.notBefore - plain.createdAt, 60_000);
  assert.equal(plain.callback, "https://oz.internal/done");
  assert.equal(plain.retryDelayExpression, "5");
});

test("one message that is wrong keeps the whole batch back", async () => {
  const hook = destination.hook();
  await refused(client.batch([{ url: hook.url }, { url: "ftp://files.internal/x" }]), 400, /invalid destination url/);
  await refused(client.batch([{ url: hook.url }, { url: hook.url, retries: 6 }]), 412, /quota maxRetries exceeded/);
  const { logs } = await client.logs({ filter: { url: hook.url } });
  assert.deepEqual(logs, []);
});
