import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Client } from "@upstash/qstash";

import { client, history, openDestination, publishForLater, settled, states } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

test("publish sends method, path, query, body and headers as they were given", async () => {
  const hook = destination.hook();
  const url = `${hook.url}?a=1&b=%2F&a=2`;
  const answer = await client.publish({
    url,
    method: "PUT",
    body: "grüße",
    headers: { "Content-Type": "text/markdown", "X-Order": "7" },
  });
  const [request] = await hook.received();
  assert.equal(answer.url, url);
  assert.equal(request.method, "PUT");
  assert.equal(destination.origin + request.target, url);
  assert.equal(request.body, "grüße");
  assert.equal(request.headers["content-type"], "text/markdown");
  assert.equal(request.headers["x-order"], "7");
  assert.equal(request.headers["upstash-message-id"], answer.messageId);
  assert.equal(request.headers["upstash-retried"], "0");
  assert.equal(request.headers["user-agent"], "Upstash-QStash");
});

test("headers of the publishing request itself and telemetry stay behind", async () => {
  const hook = destination.hook();
  await client.publish({ url: hook.url, body: "x", headers: { "X-Mine": "1" } });
  const [request] = await hook.received();
  assert.deepEqual(Object.keys(request.headers).filter((name) => name !== "connection").sort(), [
    "content-length",
    "content-type",
    "host",
    "upstash-caller-ip",
    "upstash-message-id",
    "upstash-region",
    "upstash-retried",
    "upstash-signature",
    "user-agent",
    "x-mine",
  ]);
});

for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
  test(`${method} is delivered with its body`, async () => {
    const hook = destination.hook();
    await client.publish({ url: hook.url, method, body: "payload" });
    const [request] = await hook.received();
    assert.equal(request.method, method);
    assert.equal(request.body, "payload");
  });
}

test("POST is the default method", async () => {
  const hook = destination.hook();
  await client.publish({ url: hook.url });
  const [request] = await hook.received();
  assert.equal(request.method, "POST");
});

test("a message without a body has no content type either", async () => {
  const hook = destination.hook();
  const { messageId } = await client.publish({ url: hook.url });
  const [request] = await hook.received();
  assert.equal(request.bytes.length, 0);
  assert.equal(request.headers["content-type"], undefined);
  const message = await client.messages.get(messageId);
  assert.equal(message.body, undefined);
  assert.equal(message.header, undefined);
});

test("publishJSON serialises the body and says so", async () => {
  const hook = destination.hook();
  const order = { id: 7, items: ["ä", null, { deep: true }] };
  await client.publishJSON({ url: hook.url, body: order });
  const [request] = await hook.received();
  assert.deepEqual(JSON.parse(request.body), order);
  assert.equal(request.headers["content-type"], "application/json");
});

test("bytes that are not text arrive unchanged and are shown in base64", async () => {
  const hook = destination.hook();
  const bytes = Buffer.from([0, 0xff, 0xfe, 0x80, 10, 13, 0]);
  const body = new Blob([bytes], { type: "application/octet-stream" });
  const { messageId } = await client.publish({ url: hook.url, body });
  const [request] = await hook.received();
  assert.deepEqual(request.bytes, bytes);
  assert.equal(request.headers["content-type"], "application/octet-stream");
  const message = await client.messages.get(messageId);
  assert.equal(message.bodyBase64, bytes.toString("base64"));
  assert.equal(message.body, undefined);
});

test("a form keeps the content type that fetch gives it", async () => {
  const hook = destination.hook();
  await client.publish({ url: hook.url, body: new URLSearchParams({ name: "a b", sign: "&" }) });
  const [request] = await hook.received();
  assert.equal(request.body, "name=a+b&sign=%26");
  assert.match(request.headers["content-type"], /^application\/x-www-form-urlencoded/);
});

test("headers of the client go with every message unless the message has its own", async () => {
  const hook = destination.hook();
  const custom = new Client({ headers: { "X-Tenant": "acme", "X-Trace": "client" } });
  await custom.publish({ url: hook.url, headers: { "X-Trace": "message" } });
  await custom.batch([{ url: hook.url }]);
  const [published, batched] = await hook.received(2);
  assert.equal(published.headers["x-tenant"], "acme");
  assert.equal(published.headers["x-trace"], "message");
  assert.equal(batched.headers["x-tenant"], "acme");
  assert.equal(batched.headers["x-trace"], "client");
});

test("a header in Latin-1 arrives byte for byte", async () => {
  const hook = destination.hook();
  const { messageId } = await client.publish({ url: hook.url, headers: { "X-Name": "José" } });
  const [request] = await hook.received();
  assert.equal(request.headers["x-name"], "José");
  const [created] = await history(messageId);
  assert.deepEqual(created.header["X-Name"], ["José"]);
});

test("a header with several values arrives with all of them", async () => {
  const hook = destination.hook();
  const headers = new Headers([["X-Tag", "one"], ["X-Tag", "two"]]);
  await client.publish({ url: hook.url, headers });
  const [request] = await hook.received();
  assert.equal(request.headers["x-tag"], "one, two");
});

test("a URL is kept as it was written", async () => {
  const url = "http://app.internal:8000";
  const message = await client.messages.get(await publishForLater({ url }));
  assert.equal(message.url, url);
  await client.messages.cancel(message.messageId);
});

test("the log tells the story of a delivery", async () => {
  const { messageId } = await client.publish({ url: destination.hook().url });
  assert.deepEqual(states(await settled(messageId)), ["CREATED", "ACTIVE", "DELIVERED"]);
});
