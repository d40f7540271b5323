// The SDK has no method for signing keys, but its `http` speaks to any path; and its Receiver knows two keys.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { SignatureError, Receiver } from "@upstash/qstash";

import { client, openDestination, receiver } from "./support.mjs";

const destination = await openDestination();
after(() => destination.close());

const keys = () => client.http.request({ method: "GET", path: ["v2", "keys"] });
const rotate = () => client.http.request({ method: "POST", path: ["v2", "keys", "rotate"] });

async function signed() {
  const hook = destination.hook();
  await client.publish({ url: hook.url, body: "x" });
  const [request] = await hook.received();
  return { signature: request.headers["upstash-signature"], body: "x" };
}

test("the keys are those of the environment until they are rotated", async () => {
  const before = await keys();
  assert.equal(before.current, process.env.QSTASH_CURRENT_SIGNING_KEY);
  assert.equal(before.next, process.env.QSTASH_NEXT_SIGNING_KEY);
  assert.equal(await receiver.verify(await signed()), true);
});

test("after one rotation the next key verifies, after two neither does", async () => {
  const once = await rotate();
  assert.equal(once.current, process.env.QSTASH_NEXT_SIGNING_KEY);
  assert.match(once.next, /^sig_/);
  assert.deepEqual(await keys(), once);
  assert.equal(await receiver.verify(await signed()), true);
  const twice = await rotate();
  assert.equal(twice.current, once.next);
  const delivery = await signed();
  await assert.rejects(receiver.verify(delivery), SignatureError);
  const renewed = new Receiver({ currentSigningKey: twice.current, nextSigningKey: twice.next });
  assert.equal(await renewed.verify(delivery), true);
});
