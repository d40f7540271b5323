import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";

import { client, openDestination, receiver, settled } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const [first, second] = [destination.hook(), destination.hook()];
const urls = [first.url, second.url];

/** The requests that belong to these messages, one at each endpoint. */
async function delivered(answers) {
  for (const { messageId } of answers) await settled(messageId);
  return [first, second].map(({ requests }, n) =>
    requests.find(({ headers }) => headers["upstash-message-id"] === answers[n].messageId),
  );
}

describe("a group of two endpoints", () => {
  beforeEach(() =>
    client.urlGroups.addEndpoints({ name: "fans", endpoints: [{ name: "one", url: first.url }, { url: second.url }] }),
  );

  test("publish to a group is one message for each endpoint", async () => {
    const answers = await client.publishJSON({ urlGroup: "fans", body: { n: 1 }, headers: { "X-A": "1" } });
    assert.deepEqual(answers.map(({ url }) => url), urls);
    const requests = await delivered(answers);
    for (const [n, request] of requests.entries()) {
      assert.equal(request.body, '{"n":1}');
      assert.equal(request.headers["x-a"], "1");
      assert.equal(request.headers["upstash-topic-name"], "fans");
      const signature = request.headers["upstash-signature"];
      assert.equal(await receiver.verify({ signature, body: request.body, url: urls[n] }), true);
    }
  });

  test("a message knows its group and its endpoint", async () => {
    const answers = await client.publish({ urlGroup: "fans", delay: "1h" });
    const [named, unnamed] = await Promise.all(answers.map(({ messageId }) => client.messages.get(messageId)));
    assert.deepEqual([named.urlGroup, named.topicName, named.endpointName], ["fans", "fans", "one"]);
    assert.deepEqual([unnamed.urlGroup, unnamed.endpointName], ["fans", undefined]);
    assert.deepEqual(await client.messages.cancel({ filter: { urlGroup: "fans" } }), { cancelled: 2 });
  });

  test("topic is the old name of urlGroup", async () => {
    const answers = await client.publish({ topic: "fans" });
    assert.equal(answers.length, 2);
    await delivered(answers);
  });

  test("a batch answers a group with an array of its own", async () => {
    const answers = await client.batchJSON([
      { urlGroup: "fans", body: 1 },
      { url: first.url, body: 2 },
      { urlGroup: "fans", body: 3, queueName: "fans-queue" },
    ]);
    assert.deepEqual(answers[0].map(({ url }) => url), urls);
    assert.equal(answers[1].url, first.url);
    assert.equal(answers[2].length, 2);
    await delivered(answers[0]);
    await delivered(answers[2]);
    assert.equal((await client.messages.get(answers[2][0].messageId)).queueName, "fans-queue");
  });

  test("a group can be enqueued", async () => {
    const answers = await client.queue({ queueName: "fans-queue" }).enqueueJSON({ urlGroup: "fans", body: "q" });
    assert.equal(answers.length, 2);
    for (const request of await delivered(answers)) assert.equal(request.body, '"q"');
  });

  test("duplicates are noticed at each endpoint", async () => {
    const publish = () => client.publish({ urlGroup: "fans", deduplicationId: "once" });
    const original = await publish();
    const repeated = await publish();
    assert.deepEqual(repeated.map(({ deduplicated }) => deduplicated), [true, true]);
    assert.deepEqual(repeated.map(({ messageId }) => messageId), original.map(({ messageId }) => messageId));
    assert.notEqual(original[0].messageId, original[1].messageId);
  });

  test("logs, dead letters and callbacks name the group", async () => {
    const broken = destination.hook().answers(500);
    const reported = destination.hook();
    await client.urlGroups.addEndpoints({ name: "broken", endpoints: [{ name: "b", url: broken.url }] });
    const [{ messageId }] = await client.publish({ urlGroup: "broken", retries: 0, failureCallback: reported.url });
    const [request] = await reported.received();
    const report = JSON.parse(request.body);
    assert.deepEqual([report.topicName, report.endpointName, report.sourceMessageId], ["broken", "b", messageId]);
    const { logs } = await client.logs({ filter: { urlGroup: "broken", state: "FAILED" } });
    assert.deepEqual(logs.map(({ urlGroup, endpointName }) => [urlGroup, endpointName]), [["broken", "b"]]);
    const { messages } = await client.dlq.listMessages({ filter: { urlGroup: "broken" } });
    assert.deepEqual(messages.map(({ urlGroup, endpointName }) => [urlGroup, endpointName]), [["broken", "b"]]);
    broken.answers(200);
    const { responses } = await client.dlq.retry({ filter: { urlGroup: "broken" } });
    await settled(responses[0].messageId);
    assert.equal(broken.requests.at(-1).headers["upstash-topic-name"], "broken");
  });
});
