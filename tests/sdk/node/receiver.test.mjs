import assert from "node:assert/strict";
import { after, test } from "node:test";

import { Receiver, SignatureError } from "@upstash/qstash";

import { client, openDestination, publishInVain, receiver } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const signatureOf = (request) => request.headers["upstash-signature"];
const verify = (request, changed = {}) =>
  receiver.verify({ signature: signatureOf(request), body: request.body, ...changed });
const claims = (request) => JSON.parse(Buffer.from(signatureOf(request).split(".")[1], "base64url"));

test("a delivery is verified with its body and its URL", async () => {
  const hook = destination.hook();
  await client.publishJSON({ url: hook.url, body: { name: "Zoë" } });
  const [request] = await hook.received();
  assert.equal(await verify(request), true);
  assert.equal(await verify(request, { url: hook.url }), true);
});

test("an empty body is signed, too", async () => {
  const hook = destination.hook();
  await client.publish({ url: hook.url, method: "GET" });
  const [request] = await hook.received();
  assert.equal(await verify(request, { url: hook.url }), true);
});

test("the signed URL is the one that arrives: with its query, and the slash that stands for no path", async () => {
  const root = destination.hook("/");
  await client.publish({ url: destination.origin });
  await client.publish({ url: `${root.url}?q=a%20b&q=ü` });
  const [plain, query] = await root.received(2);
  assert.equal(await verify(plain, { url: `${destination.origin}/` }), true);
  assert.equal(await verify(query, { url: `${root.url}?q=a%20b&q=%C3%BC` }), true);
});

test("another body, another URL or another key is rejected", async () => {
  const hook = destination.hook();
  await client.publish({ url: hook.url, body: "true" });
  const [request] = await hook.received();
  await assert.rejects(verify(request, { body: "false" }), SignatureError);
  await assert.rejects(verify(request, { url: `${hook.url}/` }), SignatureError);
  await assert.rejects(verify(request, { signature: `${signatureOf(request).slice(0, -4)}AAAA` }), SignatureError);
  const stranger = new Receiver({ currentSigningKey: "sig_other", nextSigningKey: "sig_another" });
  await assert.rejects(stranger.verify({ signature: signatureOf(request), body: "true" }), SignatureError);
});

test("the claims are those that receivers rely on", async () => {
  const hook = destination.hook();
  await client.batch([{ url: hook.url }, { url: hook.url }]);
  const [first, second] = (await hook.received(2)).map(claims);
  assert.equal(first.iss, "Upstash");
  assert.equal(first.sub, hook.url);
  assert.equal(first.exp - first.iat, 300);
  assert.ok(first.nbf <= first.iat);
  assert.notEqual(first.jti, second.jti);
});

test("every way to a delivery signs it", async () => {
  const hook = destination.hook();
  await client.batch([{ url: hook.url, body: "batch" }]);
  await client.queue({ queueName: "signed" }).enqueue({ url: hook.url, body: "queue" });
  for (const request of await hook.received(2)) assert.equal(await verify(request, { url: hook.url }), true);
});

test("every attempt is signed afresh", async () => {
  const hook = destination.hook().answers(500, 200);
  await client.publish({ url: hook.url, retryDelay: "1" });
  const requests = await hook.received(2);
  for (const request of requests) assert.equal(await verify(request, { url: hook.url }), true);
  assert.notEqual(claims(requests[0]).jti, claims(requests[1]).jti);
});

test("callbacks are signed for their own URL", async () => {
  const hook = destination.hook().answers(500);
  const [callback, failureCallback] = [destination.hook(), destination.hook()];
  await client.publish({ url: hook.url, retries: 0, callback: callback.url, failureCallback: failureCallback.url });
  for (const reported of [callback, failureCallback]) {
    const [request] = await reported.received();
    assert.equal(await verify(request, { url: reported.url }), true);
  }
});

test("a retry from the dead letter queue is signed", async () => {
  const hook = destination.hook();
  const { dlqId } = await publishInVain(hook, { body: "again" });
  await client.dlq.retry(dlqId);
  const [, request] = await hook.received(2);
  assert.equal(await verify(request, { url: hook.url }), true);
});

test("a URL put together from the request is the signed one, whatever was published", async () => {
  const hook = destination.hook();
  await client.batch([{ url: `${hook.url}?q="ü"&j={%22a%22:1}|^ #fragment` }]);
  const [request] = await hook.received();
  assert.ok(request.target.endsWith('?q="%C3%BC"&j={%22a%22:1}|^%20'), request.target);
  assert.equal(await verify(request, { url: `http://${request.headers.host}${request.target}` }), true);
});

test("in migration mode a receiver takes the keys of the region that a delivery names", async () => {
  const hook = destination.hook();
  const { QSTASH_CURRENT_SIGNING_KEY: current, QSTASH_NEXT_SIGNING_KEY: next } = process.env;
  await client.publish({ url: hook.url, body: "from Europe" });
  const [request] = await hook.received();
  const changed = {
    QSTASH_REGION: "US_EAST_1",
    QSTASH_CURRENT_SIGNING_KEY: "sig_other",
    QSTASH_NEXT_SIGNING_KEY: "sig_another",
    EU_CENTRAL_1_QSTASH_CURRENT_SIGNING_KEY: current,
    EU_CENTRAL_1_QSTASH_NEXT_SIGNING_KEY: next,
  };
  const before = { ...process.env };
  Object.assign(process.env, changed);
  try {
    assert.equal(await verify(request, { upstashRegion: request.headers["upstash-region"] }), true);
    await assert.rejects(verify(request), SignatureError);
  } finally {
    for (const name of Object.keys(changed)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});
