import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, test } from "node:test";

import { client, fromBase64, openDestination, publishForLater, publishInVain, settled } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const LATER = "http://app.internal/later";
const digest = (text) => `REDACTED:${createHash("sha256").update(text).digest("hex")}`;

test("a redacted body is delivered but never shown", async () => {
  const hook = destination.hook();
  const { messageId } = await client.publish({ url: hook.url, body: "my secret", redact: { body: true } });
  const events = await settled(messageId);
  assert.equal(hook.requests[0].body, "my secret");
  for (const event of events) assert.equal(fromBase64(event.body), digest("my secret"));
  const message = await client.messages.get(messageId);
  assert.equal(message.body, digest("my secret"));
});

test("one redacted header hides only that header", async () => {
  const hook = destination.hook();
  const headers = { "X-Api-Key": "top secret", "X-Open": "visible" };
  const { messageId } = await client.publish({ url: hook.url, headers, redact: { header: ["x-api-key"] } });
  const events = await settled(messageId);
  assert.equal(hook.requests[0].headers["x-api-key"], "top secret");
  for (const { header } of events) {
    assert.deepEqual(header, { "X-Api-Key": [digest("top secret")], "X-Open": ["visible"] });
  }
});

test("all headers can be redacted at once", async () => {
  const headers = { "Content-Type": "text/plain", "X-A": "1" };
  const messageId = await publishForLater({ url: LATER, headers, body: "open", redact: { header: true } });
  const message = await client.messages.get(messageId);
  assert.deepEqual(message.header, { "Content-Type": [digest("text/plain")], "X-A": [digest("1")] });
  assert.equal(message.body, "open");
});

test("the dead letter queue hides it too, and a retry from there sends the original", async () => {
  const hook = destination.hook();
  const redact = { body: true, header: ["X-Key"] };
  const letter = await publishInVain(hook, { body: "hush", headers: { "X-Key": "k" }, redact });
  assert.equal(letter.body, digest("hush"));
  assert.deepEqual(letter.header["X-Key"], [digest("k")]);
  hook.answers(200);
  await client.dlq.retry(letter.dlqId);
  const [, again] = await hook.received(2);
  assert.equal(again.body, "hush");
  assert.equal(again.headers["x-key"], "k");
});
