// Receivers that compare the URL of the request, behind a mapping: what each of them needs to accept a message.
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";

import { Receiver } from "@upstash/qstash";
import { verifySignatureAppRouter } from "@upstash/qstash/nextjs";

import { client, until } from "./support.mjs";

const KEY = process.env.QSTASH_CURRENT_SIGNING_KEY;
const KEYS = { currentSigningKey: KEY, nextSigningKey: process.env.QSTASH_NEXT_SIGNING_KEY };
const PUBLISHED = "https://myapp.test";

async function status(handle, url, mapping) {
  const server = createServer((request, response) => {
    handle(request).then(
      (code) => response.writeHead(code).end(),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  try {
    const target = `http://localhost:${server.address().port}`;
    const body = JSON.stringify({ pattern: "https://*", target, ...mapping });
    const added = await fetch(new URL("/_dev/mappings", process.env.QSTASH_URL), { method: "POST", body });
    assert.equal(added.status, 201);
    const { messageId } = await client.publish({ url, body: '{"a": 1}', retries: 0 });
    return await until(`the end of ${messageId}`, async () => {
      const detail = await (await fetch(new URL(`/_dev/messages/${messageId}`, process.env.QSTASH_URL))).json();
      return ["DELIVERED", "FAILED"].includes(detail.summary.state) && detail.attempts.at(-1).response.status;
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A Lambda behind a function URL: the domain in its event is that of the header Host. */
const lambda = (handler) => async (request) => {
  const { host } = request.headers;
  const body = (await buffer(request)).toString();
  return handler({ headers: request.headers, body, requestContext: { domainName: host }, rawPath: request.url });
};

// As the quickstarts compare: the origin alone, without a slash at its end.
const OF_SDK = lambda(async ({ headers, body, requestContext }) => {
  const url = `https://${requestContext.domainName}`;
  try {
    await new Receiver(KEYS).verify({ signature: headers["upstash-signature"], body, url });
    return 200;
  } catch {
    return 401;
  }
});

const BY_HAND = lambda(async ({ headers, body, requestContext }) => {
  const [header, payload, signature] = headers["upstash-signature"].split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const mac = createHmac("sha256", KEY).update(`${header}.${payload}`).digest("base64url");
  const hash = createHash("sha256").update(body).digest("base64url");
  const right = mac === signature && claims.sub === `https://${requestContext.domainName}`;
  return right && claims.body.replace(/=+$/, "") === hash ? 200 : 400;
});

for (const [name, handler, refused] of [["with the SDK", OF_SDK, 401], ["by hand", BY_HAND, 400]]) {
  test(`a Lambda that verifies ${name} sees the published host`, async () => {
    assert.equal(await status(handler, PUBLISHED, { host: "published" }), 200);
    assert.equal(await status(handler, PUBLISHED, {}), refused);
  });
}

/** A route handler of Next.js, whose URL keeps the address that the server was started with. */
const next = (receiver) => async (request) => {
  const { port } = request.socket.address();
  const handler = verifySignatureAppRouter(async (verified) => {
    const signature = verified.headers.get("upstash-signature");
    try {
      await receiver.verify({ signature, body: await verified.text(), url: verified.url });
      return new Response("ok");
    } catch {
      return new Response("refused", { status: 401 });
    }
  }, KEYS);
  const { method, headers } = request;
  const body = await buffer(request);
  return (await handler(new Request(`http://localhost:${port}${request.url}`, { method, headers, body }))).status;
};

test("Next.js with the URL of its request needs the signature of the target", async () => {
  const handler = next(new Receiver(KEYS));
  assert.equal(await status(handler, `${PUBLISHED}/api/hook?a=1`, { sign: "target" }), 200);
  assert.equal(await status(handler, `${PUBLISHED}/api/hook?a=1`, { host: "published" }), 401);
});

test("an app that puts its URL together from what a proxy tells accepts every mapping", async () => {
  const proxied = async (request) => {
    const body = (await buffer(request)).toString();
    const { "x-forwarded-proto": scheme, "x-forwarded-host": host, "upstash-signature": signature } = request.headers;
    await new Receiver(KEYS).verify({ signature, body, url: `${scheme}://${host}${request.url}` });
    return request.headers["x-forwarded-port"] === "443" ? 200 : 400;
  };
  assert.equal(await status(proxied, `${PUBLISHED}/api/hook`, {}), 200);
});
