import assert from "node:assert/strict";
import { after, test } from "node:test";

import { client, openDestination, publishInVain, refused, settled } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const list = async (options) => (await client.dlq.listMessages(options)).messages.map(({ dlqId }) => dlqId);

async function publishThree() {
  const letters = [];
  for (const label of ["a", "b", "c"]) letters.push(await publishInVain(destination.hook(), { label }));
  return letters;
}

test("a dead letter shows the message and the answer that ended it", async () => {
  const hook = destination.hook();
  const answer = { status: 418, headers: { "X-Pot": "tea" }, body: "short and stout" };
  const { messageId } = await client.publishJSON({
    url: hook.answers(answer).url,
    body: { cup: 1 },
    retries: 0,
    retryDelay: "1000 * retried",
    label: ["tea", "pot"],
    flowControl: { key: "kitchen", parallelism: 3, rate: 10, period: 60 },
  });
  await settled(messageId);
  const { messages, cursor } = await client.dlq.listMessages({ filter: { messageId } });
  const [letter] = messages;
  assert.equal(cursor, undefined);
  assert.equal(typeof letter.dlqId, "string");
  assert.equal(letter.messageId, messageId);
  assert.equal(letter.url, hook.url);
  assert.equal(letter.method, "POST");
  assert.equal(letter.body, '{"cup":1}');
  assert.deepEqual(letter.header["Content-Type"], ["application/json"]);
  assert.equal(letter.maxRetries, 0);
  assert.equal(letter.retryDelayExpression, "1000 * retried");
  assert.deepEqual([letter.label, letter.labels], ["tea", ["tea", "pot"]]);
  assert.deepEqual([letter.flowControlKey, letter.parallelism, letter.rate, letter.period], ["kitchen", 3, 10, 60]);
  assert.equal(letter.ratePerSecond, 10);
  assert.equal(letter.responseStatus, 418);
  assert.equal(letter.responseBody, "short and stout");
  assert.deepEqual(letter.responseHeader["X-Pot"], ["tea"]);
});

test("an answer that is not text is shown in base64", async () => {
  const hook = destination.hook();
  const body = Buffer.from([0xff, 0, 0xfe]);
  const { messageId } = await client.publish({ url: hook.answers({ status: 500, body }).url, retries: 0 });
  await settled(messageId);
  const [letter] = (await client.dlq.listMessages({ filter: { messageId } })).messages;
  assert.equal(letter.responseBodyBase64, body.toString("base64"));
  assert.equal(letter.responseBody, undefined);
});

test("a delivered message never gets there", async () => {
  const { messageId } = await client.publish({ url: destination.hook().url });
  await settled(messageId);
  assert.deepEqual(await client.dlq.listMessages(), { messages: [], cursor: undefined });
});

test("listMessages finds entries by their ids", async () => {
  const [a, , c] = await publishThree();
  assert.deepEqual(await list({ dlqIds: [a.dlqId, c.dlqId] }), [a.dlqId, c.dlqId]);
  assert.deepEqual(await list({ dlqIds: c.dlqId }), [c.dlqId]);
});

test("listMessages filters", async () => {
  const [a, b, c] = await publishThree();
  const queue = client.queue({ queueName: "doomed" });
  const flowControl = { key: "doomed-key", parallelism: 1 };
  const answer = await queue.enqueue({ url: destination.hook().answers(404).url, retries: 0, flowControl });
  await settled(answer.messageId);
  const [queued] = (await client.dlq.listMessages({ filter: { messageId: answer.messageId } })).messages;
  const all = [a, b, c, queued].map(({ dlqId }) => dlqId);
  const cases = [
    [{}, all],
    [{ label: "b" }, [b.dlqId]],
    [{ label: ["a", "c"] }, [a.dlqId, c.dlqId]],
    [{ url: a.url }, [a.dlqId]],
    [{ url: [a.url, b.url] }, [a.dlqId, b.dlqId]],
    [{ messageId: c.messageId }, [c.dlqId]],
    [{ queueName: "doomed" }, [queued.dlqId]],
    [{ flowControlKey: "doomed-key" }, [queued.dlqId]],
    [{ responseStatus: 404 }, [queued.dlqId]],
    [{ responseStatus: [404, 500] }, all],
    [{ callerIp: "127.0.0.1", label: "a" }, [a.dlqId]],
    [{ fromDate: new Date("2020-01-01"), toDate: Date.now() + 60_000 }, all],
    [{ toDate: new Date("2020-01-01") }, []],
    [{ urlGroup: "none" }, []],
    [{ scheduleId: "none" }, []],
    [{ label: "a", url: b.url }, []],
  ];
  for (const [filter, expected] of cases) assert.deepEqual(await list({ filter }), expected, JSON.stringify(filter));
});

test("pages follow one another", async () => {
  const ids = (await publishThree()).map(({ dlqId }) => dlqId);
  const first = await client.dlq.listMessages({ count: 2 });
  assert.deepEqual(first.messages.map(({ dlqId }) => dlqId), ids.slice(0, 2));
  const second = await client.dlq.listMessages({ count: 2, cursor: first.cursor });
  assert.deepEqual(second.messages.map(({ dlqId }) => dlqId), ids.slice(2));
  assert.equal(second.cursor, undefined);
});

test("delete removes one entry, once", async () => {
  const [a, b, c] = await publishThree();
  assert.deepEqual(await client.dlq.delete(b.dlqId), { deleted: 1 });
  await refused(client.dlq.delete(b.dlqId), 404, /not found/);
  assert.deepEqual(await list(), [a.dlqId, c.dlqId]);
});

test("delete removes several entries and counts those that were there", async () => {
  const [a, b, c] = await publishThree();
  const ids = [a.dlqId, b.dlqId];
  assert.deepEqual(await client.dlq.delete(ids), { deleted: 2 });
  assert.deepEqual(await client.dlq.delete({ dlqIds: ids }), { deleted: 0 });
  assert.deepEqual(await client.dlq.deleteMany({ dlqIds: [...ids, c.dlqId] }), { deleted: 1 });
});

test("delete by filter", async () => {
  const [a, b, c] = await publishThree();
  assert.deepEqual(await client.dlq.delete({ filter: { label: ["a", "b"], url: b.url } }), { deleted: 1 });
  assert.deepEqual(await list(), [a.dlqId, c.dlqId]);
  assert.deepEqual(await client.dlq.delete({ filter: { responseStatus: 999 } }), { deleted: 0 });
});

test("delete all, in pages", async () => {
  await publishThree();
  const deleted = [];
  let cursor;
  do {
    const answer = await client.dlq.delete({ all: true, count: 2, cursor });
    deleted.push(answer.deleted);
    cursor = answer.cursor;
  } while (cursor !== undefined);
  assert.deepEqual(deleted, [2, 1]);
  assert.deepEqual(await list(), []);
});

test("a filter that is misspelt deletes nothing", async () => {
  const [a] = await publishThree();
  await refused(client.dlq.delete({ filter: { labeel: "x" } }), 400, /labeel/);
  await refused(client.dlq.delete({ filter: { host: "127.0.0.1" } }), 400, /host/);
  assert.equal((await list())[0], a.dlqId);
});
