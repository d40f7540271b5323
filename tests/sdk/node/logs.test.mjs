import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";

import { decodeBase64 } from "@upstash/qstash";

import { client, openDestination, publishForLater, settled, states } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const hook = destination.hook("/orders/1");
const other = destination.hook("/invoices/1");
describe("logs of a few messages", () => {
  const ids = {};

  beforeEach(async () => {
    const publish = async (request) => (await client.publish(request)).messageId;
    ids.order = await publish({ url: hook.url, body: "Grüße", headers: { "X-A": "1" }, label: ["order", "paid"] });
    ids.invoice = await publish({ url: other.url, label: "invoice" });
    ids.queued = (await client.queue({ queueName: "logged" }).enqueue({ url: hook.url })).messageId;
    for (const id of [ids.order, ids.invoice, ids.queued]) await settled(id);
    ids.waiting = await publishForLater({ url: other.url, flowControl: { key: "logged-key", parallelism: 1 } });
  });

  /** Names of the messages that a filter finds, each once. */
  async function found(filter) {
    const { logs } = await client.logs({ filter });
    const messageIds = new Set(logs.map(({ messageId }) => messageId));
    return Object.keys(ids).filter((name) => messageIds.has(ids[name]));
  }

  test("an entry shows the message and what became of it", async () => {
    const { logs } = await client.logs({ messageIds: [ids.order] });
    assert.deepEqual(states(logs), ["DELIVERED", "ACTIVE", "CREATED"]);
    for (const entry of logs) {
      assert.equal(entry.messageId, ids.order);
      assert.equal(entry.url, hook.url);
      assert.equal(typeof entry.time, "number");
      assert.equal(decodeBase64(entry.body), "Grüße");
      assert.deepEqual(entry.header["X-A"], ["1"]);
      assert.equal(entry.label, "order");
      assert.deepEqual(entry.labels, ["order", "paid"]);
    }
  });

  test("the first entry of a delayed message says when it is due", async () => {
    const { logs } = await client.logs({ messageIds: [ids.waiting] });
    const { notBefore } = await client.messages.get(ids.waiting);
    assert.deepEqual(states(logs), ["CREATED"]);
    assert.equal(logs[0].nextDeliveryTime, notBefore);
  });

  const FILTERS = [
    [{ label: "order" }, ["order"]],
    [{ label: "paid" }, ["order"]],
    [{ label: ["paid", "invoice"] }, ["order", "invoice"]],
    [{ url: hook.url }, ["order", "queued"]],
    [{ url: [hook.url, other.url] }, ["order", "invoice", "queued", "waiting"]],
    [{ path: "/invoices/1" }, ["invoice", "waiting"]],
    [{ host: "127.0.0.1" }, ["order", "invoice", "queued", "waiting"]],
    [{ host: "elsewhere.internal" }, []],
    [{ queueName: "logged" }, ["queued"]],
    [{ flowControlKey: "logged-key" }, ["waiting"]],
    [{ callerIp: "127.0.0.1" }, ["order", "invoice", "queued", "waiting"]],
    [{ callerIp: "10.0.0.1" }, []],
    [{ urlGroup: "no-group" }, []],
    [{ scheduleId: "no-schedule" }, []],
    [{ state: "DELIVERED" }, ["order", "invoice", "queued"]],
    [{ state: "IN_PROGRESS" }, ["order", "invoice", "queued"]],
    [{ state: "FAILED" }, []],
    [{ state: "DELIVERED", label: "invoice" }, ["invoice"]],
    [{ label: "order", path: "/invoices/1" }, []],
    [{ toDate: new Date("2020-01-01") }, []],
    [{ fromDate: new Date("2020-01-01"), toDate: Date.now() + 60_000 }, ["order", "invoice", "queued", "waiting"]],
  ];
  for (const [filter, names] of FILTERS) {
    test(`filter ${JSON.stringify(filter)}`, async () => assert.deepEqual(await found(filter), names));
  }

  test("filter by the id of one message", async () => {
    assert.deepEqual(await found({ messageId: ids.invoice }), ["invoice"]);
  });

  test("fromDate and toDate include their own millisecond", async () => {
    const { logs } = await client.logs({ messageIds: [ids.order] });
    const { time } = logs[1];
    const { logs: same } = await client.logs({ filter: { messageId: ids.order, fromDate: time, toDate: time } });
    assert.ok(states(same).includes("ACTIVE"));
    const { logs: later } = await client.logs({ filter: { messageId: ids.order, fromDate: logs[0].time + 1 } });
    assert.deepEqual(later, []);
  });

  test("several messages are found by their ids, whatever else is asked", async () => {
    const { logs } = await client.logs({ messageIds: [ids.order, ids.invoice] });
    assert.deepEqual(new Set(logs.map(({ messageId }) => messageId)), new Set([ids.order, ids.invoice]));
    assert.equal(logs.length, 6);
  });

  test("the newest comes first unless asked otherwise", async () => {
    const newest = (await client.logs()).logs;
    const oldest = (await client.logs({ filter: { order: "earliestFirst" } })).logs;
    assert.equal(newest[0].messageId, ids.waiting);
    assert.equal(oldest[0].messageId, ids.order);
    assert.deepEqual(states(oldest), states(newest).reverse());
  });

  for (const order of ["latestFirst", "earliestFirst"]) {
    test(`pages follow one another without a gap, ${order}`, async () => {
      const whole = (await client.logs({ filter: { order } })).logs;
      const paged = [];
      let cursor;
      do {
        const page = await client.logs({ count: 3, cursor, filter: { order } });
        assert.ok(page.logs.length > 0 && page.logs.length <= 3);
        paged.push(...page.logs);
        cursor = page.cursor;
        assert.ok(cursor === undefined || typeof cursor === "string");
      } while (cursor !== undefined);
      assert.deepEqual(paged, whole);
    });
  }

  test("there is no cursor where nothing follows", async () => {
    const answer = await client.logs({ filter: { label: "nobody" } });
    assert.deepEqual(answer, { cursor: undefined, logs: [], events: [] });
  });

  test("events is the old name of logs", async () => {
    const filter = { label: "order" };
    assert.deepEqual(await client.events({ filter }), await client.logs({ filter }));
  });
});
