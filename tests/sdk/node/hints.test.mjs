// What a developer is told when the verifiers of the SDK refuse a message. Each handler is served as its framework
// serves it: what it throws becomes a 500 without a body, as in a route handler of Next.js.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";

import { Client, Receiver } from "@upstash/qstash";
import { verifySignature, verifySignatureAppRouter, verifySignatureEdge } from "@upstash/qstash/nextjs";

import { client, until } from "./support.mjs";

const KEYS = {
  currentSigningKey: process.env.QSTASH_CURRENT_SIGNING_KEY,
  nextSigningKey: process.env.QSTASH_NEXT_SIGNING_KEY,
};
const WRONG = { currentSigningKey: "sig_wrong_1", nextSigningKey: "sig_wrong_2" };
// As Next.js 16 answers what a route handler throws.
const OF_NEXT = { vary: "rsc, next-router-state-tree, next-router-prefetch" };

async function withApp(handle, run) {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.writeHead(500, OF_NEXT).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await run(`http://127.0.0.1:${server.address().port}/api/hook`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A handler that takes a Request and returns a Response. */
const web = (handler) => async (request, response) => {
  const body = await buffer(request);
  const url = `http://${request.headers.host}${request.url}`;
  const answer = await handler(new Request(url, { method: request.method, headers: request.headers, body }), {});
  response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
};

/** A handler of the Pages Router. */
const pages = (handler) => (request, response) => {
  response.status = (status) => Object.assign(response, { statusCode: status });
  response.send = (text) => response.end(text);
  return handler(request, response);
};

/** An application with a Receiver of its own, that answers with the reason of a refusal. */
const own = (receiver, status, change) => async (request, response) => {
  const body = (await buffer(request)).toString();
  try {
    await receiver.verify({ signature: request.headers["upstash-signature"], ...change(body) });
    response.end();
  } catch (error) {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: error.name, message: error.message }));
  }
};

async function explained(url, from = client) {
  const { messageId } = await from.publish({ url, body: '{"a": 1}', retries: 0 });
  return until(`the end of ${messageId}`, async () => {
    const detail = await (await fetch(new URL(`/_dev/messages/${messageId}`, process.env.QSTASH_URL))).json();
    return ["DELIVERED", "FAILED"].includes(detail.summary.state) && detail.attempts.at(-1);
  });
}

const done = async () => new Response("ok");
const KINDS = {
  verifySignatureAppRouter: (keys) => web(verifySignatureAppRouter(done, keys)),
  verifySignatureEdge: (keys) => web(verifySignatureEdge(done, keys)),
  verifySignature: (keys) => pages(verifySignature((_, response) => response.status(200).send("ok"), keys)),
};

for (const [name, kind] of Object.entries(KINDS)) {
  test(`wrong keys behind ${name}, before the first success`, async () => {
    await withApp(kind(WRONG), async (url) => {
      const { response, hint, failureReason } = await explained(url);
      assert.deepEqual([response.status, response.body, failureReason], [500, "", "http-status"]);
      assert.match(hint, /^Next\.js failed, and its answer does not say why: look at its own output/);
      assert.match(hint, /If that has a SignatureError, QSTASH_CURRENT_SIGNING_KEY/);
      assert.match(hint, /it has accepted no message of defaultUser before/);
    });
  });
}

test("right keys need no hint, and wrong ones after a success are told as such", async () => {
  let keys = KEYS;
  const handle = (request, response) => KINDS.verifySignatureAppRouter(keys)(request, response);
  await withApp(handle, async (url) => {
    const first = await explained(url);
    assert.deepEqual([first.succeeded, first.hint], [true, undefined]);
    keys = WRONG;
    const { hint } = await explained(url);
    assert.match(hint, /It accepted messages of defaultUser before, so its keys were those of defaultUser then/);
  });
});

async function testUser2() {
  const { users } = await (await fetch(new URL("/_dev/setup", process.env.QSTASH_URL))).json();
  return users.find(({ name }) => name === "testUser2");
}

test("an app in dev mode knows the keys of one user only", async () => {
  const { token } = await testUser2();
  await withApp(KINDS.verifySignatureAppRouter({ devMode: true }), async (url) => {
    const theirs = new Client({ baseUrl: process.env.QSTASH_URL, token, devMode: false });
    assert.match((await explained(url, theirs)).hint, /with QSTASH_DEV=1 it has the keys of defaultUser$/);
    assert.equal((await explained(url)).succeeded, true);
  });
});

test("the user whose keys the app has is named", async () => {
  const { token, env } = await testUser2();
  const { QSTASH_CURRENT_SIGNING_KEY: current, QSTASH_NEXT_SIGNING_KEY: next } = env;
  const app = KINDS.verifySignatureAppRouter({ currentSigningKey: current, nextSigningKey: next });
  await withApp(app, async (url) => {
    const theirs = new Client({ baseUrl: process.env.QSTASH_URL, token });
    assert.equal((await explained(url, theirs)).succeeded, true);
    assert.match((await explained(url)).hint, /it may have the keys of testUser2/);
  });
});

test("a Receiver that finds other keys says so", async () => {
  await withApp(own(new Receiver(WRONG), 401, (body) => ({ body })), async (url) => {
    const { failureReason, hint } = await explained(url);
    assert.equal(failureReason, "wrong-keys");
    assert.match(hint, /^the app checks signatures with other keys/);
  });
});

test("a body that was parsed and written again is not what was signed", async () => {
  const written = (body) => ({ body: JSON.stringify(JSON.parse(body)) });
  await withApp(own(new Receiver(KEYS), 500, written), async (url) => {
    const { failureReason, hint } = await explained(url);
    assert.equal(failureReason, "body-changed");
    assert.match(hint, /verify the raw body/);
  });
});

test("the URL that the app compared is named", async () => {
  const compared = (body) => ({ body, url: "https://my.app/api/hook" });
  await withApp(own(new Receiver(KEYS), 400, compared), async (url) => {
    const { failureReason, hint } = await explained(url);
    assert.equal(failureReason, "url-changed");
    assert.match(hint, /; it compared https:\/\/my\.app\/api\/hook$/);
  });
});
