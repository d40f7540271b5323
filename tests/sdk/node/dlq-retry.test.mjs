import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, openDestination, publishInVain, refused, settled, states } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

async function publishThree() {
  const letters = [];
  for (const label of ["a", "b", "c"]) {
    const hook = destination.hook();
    letters.push(await publishInVain(hook, { label }));
    hook.answers(200);
  }
  return letters;
}

const remaining = async () => (await client.dlq.listMessages()).messages.map(({ label }) => label);

test("retry makes a new message with the old content and settings", async () => {
  const hook = destination.hook();
  const letter = await publishInVain(hook, {
    method: "PUT",
    body: "content",
    headers: { "Content-Type": "text/plain", "X-A": "1" },
    label: ["first", "second"],
    retryDelay: "5",
  });
  hook.answers(200);
  const { responses, cursor } = await client.dlq.retry(letter.dlqId);
  assert.equal(cursor, undefined);
  assert.equal(responses.length, 1);
  const [{ messageId }] = responses;
  assert.notEqual(messageId, letter.messageId);
  const [, again] = await hook.received(2);
  assert.deepEqual([again.method, again.body, again.headers["x-a"]], ["PUT", "content", "1"]);
  assert.equal(again.headers["content-type"], "text/plain");
  assert.equal(again.headers["upstash-message-id"], messageId);
  assert.equal(again.headers["upstash-retried"], "0");
  assert.deepEqual(states(await settled(messageId)), ["CREATED", "ACTIVE", "DELIVERED"]);
  const message = await client.messages.get(messageId);
  assert.deepEqual(message.labels, ["first", "second"]);
  assert.equal(message.maxRetries, 0);
  assert.equal(message.retryDelayExpression, "5");
  assert.deepEqual(await remaining(), []);
});

test("a retry that fails again gets a new entry", async () => {
  const hook = destination.hook();
  const letter = await publishInVain(hook);
  const { responses } = await client.dlq.retry(letter.dlqId);
  await settled(responses[0].messageId);
  const { messages } = await client.dlq.listMessages();
  assert.equal(messages.length, 1);
  assert.equal(messages[0].messageId, responses[0].messageId);
  assert.notEqual(messages[0].dlqId, letter.dlqId);
});

test("an entry can be retried once", async () => {
  const [a] = await publishThree();
  await client.dlq.retry(a.dlqId);
  await refused(client.dlq.retry(a.dlqId), 404, /not found/);
  await refused(client.dlq.delete(a.dlqId), 404, /not found/);
  assert.deepEqual(await client.dlq.delete([a.dlqId]), { deleted: 0 });
});

test("retry by ids", async () => {
  const [a, b] = await publishThree();
  const { responses } = await client.dlq.retry([a.dlqId, b.dlqId]);
  assert.equal(new Set(responses.map(({ messageId }) => messageId)).size, 2);
  assert.deepEqual(await remaining(), ["c"]);
  const more = await client.dlq.retry({ dlqIds: (await client.dlq.listMessages()).messages[0].dlqId });
  assert.equal(more.responses.length, 1);
  assert.deepEqual(await remaining(), []);
});

test("retry by filter", async () => {
  await publishThree();
  const { responses } = await client.dlq.retry({ filter: { label: ["a", "c"] } });
  assert.equal(responses.length, 2);
  assert.deepEqual(await remaining(), ["b"]);
});

test("filters that match nothing retry nothing", async () => {
  await publishThree();
  const filters = [
    { label: "none" },
    { messageId: "msg_none" },
    { url: "https://none.internal" },
    { urlGroup: "none" },
    { scheduleId: "none" },
    { queueName: "none" },
    { flowControlKey: "none" },
    { callerIp: "10.1.2.3" },
    { responseStatus: 999 },
    { fromDate: new Date("2099-01-01") },
    { toDate: new Date("2000-01-01") },
  ];
  for (const filter of filters) {
    const answer = await client.dlq.retry({ filter });
    assert.deepEqual(answer, { responses: [], cursor: undefined }, JSON.stringify(filter));
  }
  assert.deepEqual(await remaining(), ["a", "b", "c"]);
});

test("retry all, in pages", async () => {
  await publishThree();
  const retried = [];
  let cursor;
  do {
    const answer = await client.dlq.retry({ all: true, count: 1, cursor });
    retried.push(answer.responses.length);
    cursor = answer.cursor;
  } while (cursor !== undefined);
  assert.deepEqual(retried, [1, 1, 1]);
  assert.deepEqual(await remaining(), []);
});

test("a filter that is misspelt retries nothing", async () => {
  await publishThree();
  await refused(client.dlq.retry({ filter: { labeel: "x" } }), 400, /labeel/);
  assert.equal((await remaining()).length, 3);
});
