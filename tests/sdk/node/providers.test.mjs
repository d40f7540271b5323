// The `api` option: the SDK turns a provider into a URL and headers, so any provider can be called.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { anthropic, custom, openai, resend } from "@upstash/qstash";

import { client, fromBase64, openDestination } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const callback = "https://oz.internal/done";
const delay = "1h";

test("an e-mail through Resend", async () => {
  const api = { name: "email", provider: resend({ token: "re_1" }) };
  const { messageId } = await client.publishJSON({ api, body: { to: "a@internal" }, delay });
  const message = await client.messages.get(messageId);
  assert.equal(message.url, "https://api.resend.com/emails");
  assert.deepEqual(message.header.Authorization, ["Bearer re_1"]);
  assert.equal(message.body, '{"to":"a@internal"}');
});

test("a completion through OpenAI, by batch and by queue", async () => {
  const api = { name: "llm", provider: openai({ token: "sk_1", organization: "org" }) };
  const [batched] = await client.batchJSON([{ api, body: { model: "m" }, callback, delay }]);
  const queue = client.queue({ queueName: "llm" });
  await queue.upsert({ paused: true });
  const queued = await queue.enqueueJSON({ api, body: { model: "m" }, callback });
  for (const { messageId } of [batched, queued]) {
    const message = await client.messages.get(messageId);
    assert.equal(message.url, "https://api.openai.com/v1/chat/completions");
    assert.deepEqual(message.header.Authorization, ["Bearer sk_1"]);
    assert.deepEqual(message.header["Openai-Organization"], ["org"]);
    assert.equal(message.callback, callback);
  }
});

test("a completion through Anthropic", async () => {
  const api = { name: "llm", provider: anthropic({ token: "ak_1" }) };
  const { messageId } = await client.publishJSON({ api, body: {}, callback, delay });
  const message = await client.messages.get(messageId);
  assert.equal(message.url, "https://api.anthropic.com/v1/messages");
  assert.deepEqual(message.header["X-Api-Key"], ["ak_1"]);
});

test("a completion of one's own model comes back by callback", async () => {
  const model = destination.hook("/v1/chat/completions").answers({ status: 200, body: '{"choices":[]}' });
  const done = destination.hook();
  const api = { name: "llm", provider: custom({ baseUrl: destination.origin, token: "t" }) };
  await client.publishJSON({ api, body: { model: "mine" }, callback: done.url });
  const [asked] = await model.received();
  const [answered] = await done.received();
  assert.equal(asked.headers.authorization, "Bearer t");
  assert.equal(asked.body, '{"model":"mine"}');
  assert.equal(fromBase64(JSON.parse(answered.body).body), '{"choices":[]}');
});
