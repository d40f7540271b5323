import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, held, openDestination, publishForLater, refused, settled, states } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const URL_A = "http://a.internal:8000/one?x=1";
const URL_B = "http://b.internal/two";

test("get finds a message while it waits and after it was delivered", async () => {
  const waiting = await publishForLater({ url: URL_A, body: "b" });
  const message = await client.messages.get(waiting);
  assert.equal(message.messageId, waiting);
  assert.equal(message.body, "b");
  assert.equal(message.urlGroup, undefined);
  const delivered = await client.publish({ url: destination.hook().url });
  await settled(delivered.messageId);
  const { createdAt, notBefore } = await client.messages.get(delivered.messageId);
  assert.equal(notBefore, createdAt);
});

test("a message that never was is not found", async () => {
  await refused(client.messages.get("msg_unknown"), 404, /message msg_unknown not found/);
  await refused(client.messages.cancel("msg_unknown"), 404, /message msg_unknown not found/);
});

test("cancel takes back one message", async () => {
  const id = await publishForLater({ url: URL_A });
  assert.deepEqual(await client.messages.cancel(id), { cancelled: 1 });
  await refused(client.messages.get(id), 404, /not found/);
  assert.deepEqual(states(await settled(id)), ["CREATED", "CANCEL_REQUESTED", "CANCELED"]);
});

test("cancel takes back several and counts only those that were waiting", async () => {
  const ids = [await publishForLater({ url: URL_A }), await publishForLater({ url: URL_A })];
  const left = await publishForLater({ url: URL_A });
  assert.deepEqual(await client.messages.cancel([...ids, "msg_unknown"]), { cancelled: 2 });
  assert.deepEqual(await client.messages.cancel(ids), { cancelled: 0 });
  assert.deepEqual(await client.messages.cancel({ messageIds: [left] }), { cancelled: 1 });
});

test("a delivered message cannot be cancelled any more", async () => {
  const { messageId } = await client.publish({ url: destination.hook().url });
  await settled(messageId);
  assert.deepEqual(await client.messages.cancel([messageId]), { cancelled: 0 });
  assert.equal((await settled(messageId)).at(-1).state, "DELIVERED");
});

test("a message that is being delivered is cancelled after its attempt fails", async () => {
  const answer = held(500);
  const hook = destination.hook().answers(answer.promise);
  const { messageId } = await client.publish({ url: hook.url, retryDelay: "1" });
  await hook.received();
  assert.deepEqual(await client.messages.cancel(messageId), { cancelled: 1 });
  answer.release();
  assert.deepEqual(states(await settled(messageId)), ["CREATED", "ACTIVE", "CANCEL_REQUESTED", "ERROR", "CANCELED"]);
  assert.equal(hook.requests.length, 1);
});

test("a message that waits for its retry is cancelled at once", async () => {
  const hook = destination.hook().answers(500);
  const { messageId } = await client.publish({ url: hook.url, retryDelay: "60000" });
  await hook.received();
  assert.deepEqual(await client.messages.cancel(messageId), { cancelled: 1 });
  assert.equal((await settled(messageId)).at(-1).state, "CANCELED");
});

test("delete, deleteMany and deleteAll are old names of cancel", async () => {
  const ids = [];
  for (let n = 0; n < 4; n++) ids.push(await publishForLater({ url: URL_A }));
  assert.equal(await client.messages.delete(ids[0]), undefined);
  await refused(client.messages.get(ids[0]), 404);
  assert.equal(await client.messages.deleteMany([ids[1]]), 1);
  assert.equal(await client.messages.deleteAll(), 2);
});

const FILTERS = [
  { label: "x" },
  { label: ["x", "z"] },
  { url: URL_A },
  { host: "a.internal" },
  { host: "a.internal:8000" },
  { path: "/one" },
  { queueName: "filtered" },
  { flowControlKey: "filtered-key" },
  { label: "x", host: "a.internal", path: ["/one", "/three"] },
];
for (const filter of FILTERS) {
  test(`cancel by filter ${JSON.stringify(filter)}`, async () => {
    const flowControl = { key: "filtered-key", parallelism: 1 };
    const queue = client.queue({ queueName: "filtered" });
    await queue.upsert({ paused: true });
    const { messageId } = await queue.enqueue({ url: URL_A, label: ["w", "x"], flowControl });
    const left = await publishForLater({ url: URL_B, label: "y" });
    assert.deepEqual(await client.messages.cancel({ filter }), { cancelled: 1 });
    await refused(client.messages.get(messageId), 404);
    assert.equal((await client.messages.get(left)).messageId, left);
  });
}

test("cancel by date and by caller", async () => {
  const id = await publishForLater({ url: URL_A });
  const { createdAt } = await client.messages.get(id);
  const cancel = (filter) => client.messages.cancel({ filter });
  assert.deepEqual(await cancel({ toDate: createdAt - 1 }), { cancelled: 0 });
  assert.deepEqual(await cancel({ fromDate: new Date(createdAt + 1) }), { cancelled: 0 });
  assert.deepEqual(await cancel({ fromDate: createdAt, toDate: createdAt, callerIp: "10.0.0.1" }), { cancelled: 0 });
  assert.deepEqual(await cancel({ fromDate: createdAt, toDate: createdAt, callerIp: "127.0.0.1" }), { cancelled: 1 });
});

test("a filter that matches nothing cancels nothing", async () => {
  const id = await publishForLater({ url: URL_A, label: "safe" });
  for (const filter of [{ label: "none" }, { urlGroup: "none" }, { scheduleId: "none" }, { label: "safe", path: "/x" }]) {
    assert.deepEqual(await client.messages.cancel({ filter }), { cancelled: 0 });
  }
  assert.equal((await client.messages.get(id)).messageId, id);
});

test("a filter that is misspelt is refused before it cancels everything", async () => {
  const id = await publishForLater({ url: URL_A });
  await refused(client.messages.cancel({ filter: { labeel: "x" } }), 400, /labeel/);
  assert.equal((await client.messages.get(id)).messageId, id);
});

test("cancel all takes back everything in one call", async () => {
  const requests = Array.from({ length: 120 }, () => ({ url: URL_A, delay: "1h" }));
  await client.batch(requests);
  assert.deepEqual(await client.messages.cancel({ all: true }), { cancelled: 120 });
  assert.deepEqual(await client.messages.cancel({ all: true }), { cancelled: 0 });
});

test("count no longer limits a cancellation by filter", async () => {
  // The SDK's documentation of `cancel` since 2.12: the server ignores it, and no loop is needed.
  for (let n = 0; n < 3; n++) await publishForLater({ url: URL_A, label: "counted" });
  assert.deepEqual(await client.messages.cancel({ filter: { label: "counted" }, count: 1 }), { cancelled: 3 });
});
