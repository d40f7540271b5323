import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, openDestination, settled } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

test("a second message with the same deduplicationId is accepted but not created", async () => {
  const hook = destination.hook();
  const first = await client.publish({ url: hook.url, body: "1", deduplicationId: "order-1" });
  const second = await client.publish({ url: hook.url, body: "2", deduplicationId: "order-1" });
  assert.equal("deduplicated" in first, false);
  assert.equal(second.deduplicated, true);
  assert.equal(second.messageId, first.messageId);
  await settled(first.messageId);
  assert.deepEqual(hook.requests.map(({ body }) => body), ["1"]);
});

test("a deduplicationId is remembered after delivery and after cancellation", async () => {
  const delivered = await client.publish({ url: destination.hook().url, deduplicationId: "order-2" });
  await settled(delivered.messageId);
  const cancelled = await client.publish({ url: destination.hook().url, deduplicationId: "order-3", delay: "1h" });
  await client.messages.cancel(cancelled.messageId);
  const url = destination.hook().url;
  assert.equal((await client.publish({ url, deduplicationId: "order-2" })).deduplicated, true);
  assert.equal((await client.publish({ url, deduplicationId: "order-3" })).deduplicated, true);
});

test("another deduplicationId is another message", async () => {
  const hook = destination.hook();
  const first = await client.publish({ url: hook.url, deduplicationId: "order-4" });
  const second = await client.publish({ url: hook.url, deduplicationId: "order-5" });
  assert.notEqual(second.messageId, first.messageId);
  await hook.received(2);
});

test("a batch notices duplicates among its own messages", async () => {
  const hook = destination.hook();
  const answers = await client.batchJSON([
    { url: hook.url, body: 1, deduplicationId: "order-6" },
    { url: hook.url, body: 2, deduplicationId: "order-6" },
    { url: hook.url, body: 3 },
  ]);
  assert.deepEqual(answers.map(({ deduplicated }) => deduplicated), [undefined, true, undefined]);
  assert.equal(answers[1].messageId, answers[0].messageId);
  await hook.received(2);
});

test("content based deduplication compares destination, body and headers", async () => {
  const url = destination.hook().url;
  const publish = (changed) =>
    client.publishJSON({
      url,
      body: { order: 1 },
      headers: { "X-Kind": "a" },
      contentBasedDeduplication: true,
      ...changed,
    });
  const first = await publish({});
  const same = await publish({});
  assert.equal(same.deduplicated, true);
  assert.equal(same.messageId, first.messageId);
  for (const changed of [{ body: { order: 2 } }, { headers: { "X-Kind": "b" } }, { url: destination.hook().url }]) {
    const other = await publish(changed);
    assert.equal(other.deduplicated, undefined, JSON.stringify(changed));
    assert.notEqual(other.messageId, first.messageId);
  }
});
