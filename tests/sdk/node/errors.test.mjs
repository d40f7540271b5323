import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Client, QstashError } from "@upstash/qstash";

import { client, openDestination, refused } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const url = "http://app.internal/x";

test("a refusal is a QstashError with the status and the JSON of the answer", async () => {
  await assert.rejects(client.publish({ url: "app.internal/x" }), (error) => {
    assert.ok(error instanceof QstashError);
    assert.equal(error.name, "QstashError");
    assert.equal(error.status, 400);
    assert.deepEqual(Object.keys(JSON.parse(error.message)), ["error"]);
    return true;
  });
});

for (const bad of ["app.internal/x", "ftp://app.internal/x", "localhost:3000/x"]) {
  test(`destination ${bad} has no scheme that can be called`, async () => {
    await refused(client.publish({ url: bad }), 400, /invalid destination url: endpoint has invalid scheme/);
    await refused(client.queue({ queueName: "q" }).enqueue({ url: bad }), 400, /invalid scheme/);
    await refused(client.batch([{ url: bad }]), 400, /invalid scheme/);
  });
}

test("a URL group that does not exist", async () => {
  await refused(client.publish({ urlGroup: "nobody" }), 404, /topic nobody not found/);
  await refused(client.publish({ topic: "nobody" }), 404, /topic nobody not found/);
});

const WRONG = [
  [{ retries: 6 }, 412, /quota maxRetries exceeded/],
  [{ delay: "366d" }, 412, /quota maxDelay exceeded/],
  [{ delay: "soon" }, 400, /Upstash-Delay/i],
  [{ retryDelay: "pow(2" }, 400, /Upstash-Retry-Delay/i],
  [{ retryDelay: "process.exit()" }, 400, /Upstash-Retry-Delay/i],
  [{ timeout: "never" }, 400, /Upstash-Timeout/i],
  [{ method: "BREW" }, 400, /Upstash-Method/i],
  [{ callback: "oz.internal/done" }, 400, /Upstash-Callback/i],
  [{ failureCallback: "mailto:me@internal" }, 400, /Upstash-Failure-Callback/i],
  [{ flowControl: { key: "k", rate: 1, period: "8d" } }, 400, /Upstash-Flow-Control-Value/i],
];
for (const [options, status, text] of WRONG) {
  test(`publish with ${JSON.stringify(options)}`, () => refused(client.publish({ url, ...options }), status, text));
}

test("a queue name with a space", async () => {
  await refused(client.queue({ queueName: "two words" }).enqueue({ url }), 400, /two words/);
});

test("a token that nobody has", async () => {
  const baseUrl = process.env.QSTASH_URL;
  const stranger = new Client({ baseUrl, token: "bm9ib2R5" });
  await refused(stranger.publish({ url }), 401);
  await refused(stranger.logs(), 401);
});

test("a path that does not exist", async () => {
  await refused(client.http.request({ method: "GET", path: ["v2", "nothing"] }), 404);
});

test("nothing of all that was accepted", async () => {
  assert.deepEqual((await client.logs()).logs, []);
});
