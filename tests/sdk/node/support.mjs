// What the test files share: a client and a receiver for the server under test, a destination that records
// what it is sent, and ways to wait. Nothing here sleeps for a fixed time.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { beforeEach } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Client, QstashError, Receiver } from "@upstash/qstash";

// For a machine that is busy with other things: nothing takes as long that works.
const DEADLINE_MS = 30_000;
const POLL_MS = 5;

/** Configured by QSTASH_URL, QSTASH_TOKEN and the signing keys in the environment, like any program's. */
export const client = new Client();
export const receiver = new Receiver();

const RESET = new URL("/_dev/reset", process.env.QSTASH_URL);

// All files of a run share one server, which starts over before each test.
beforeEach(async () => assert.equal((await fetch(RESET, { method: "POST" })).status, 200));

/** One path of the destination: answers by script, the last entry for ever, and remembers every request. */
class Hook {
  requests = [];
  #script = [200];
  #arrivals = new EventEmitter();

  constructor(url) {
    this.url = url;
  }

  /** Each answer is a status, or {status, headers, body}, or a promise of either. */
  answers(...script) {
    this.#script = script;
    return this;
  }

  /** All requests so far, as soon as there are `count` of them. */
  async received(count = 1) {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    while (this.requests.length < count) {
      try {
        await once(this.#arrivals, "request", { signal });
      } catch {
        assert.fail(`${this.url} got ${this.requests.length} of ${count} requests within ${DEADLINE_MS} ms`);
      }
    }
    return this.requests;
  }

  async handle(request, response) {
    const { method, url: target, headers } = request;
    const bytes = await buffer(request);
    this.requests.push({ method, target, headers, bytes, body: bytes.toString(), at: Date.now() });
    this.#arrivals.emit("request");
    const entry = await (this.#script.length > 1 ? this.#script.shift() : this.#script[0]);
    const answer = typeof entry === "number" ? { status: entry } : entry;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}

/** A local HTTP server; every `hook()` is a fresh path on it. */
export async function openDestination() {
  const hooks = new Map();
  const server = createServer((request, response) => {
    const hook = hooks.get(new URL(request.url, "http://localhost").pathname);
    if (hook === undefined) {
      response.writeHead(404).end();
      return;
    }
    hook.handle(request, response).catch((error) => response.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    hook(path = `/hook-${hooks.size + 1}`) {
      const hook = new Hook(origin + path);
      hooks.set(path, hook);
      return hook;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** An answer that the destination holds back until `release` is called. */
export function held(answer = 200) {
  let release;
  const promise = new Promise((resolve) => {
    release = () => resolve(answer);
  });
  return { promise, release };
}

/** Ask again and again until the answer is truthy: for what the API shows but announces nowhere. */
export async function until(what, probe) {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await probe();
    if (found) return found;
    assert.ok(Date.now() < deadline, `gave up waiting for ${what} after ${DEADLINE_MS} ms`);
    await pause(POLL_MS);
  }
}

/** The events of a message, oldest first. */
export async function history(messageId) {
  const { logs } = await client.logs({ messageIds: [messageId] });
  return logs.reverse();
}

/** Its events, oldest first, as soon as nothing will happen to it any more. */
export function settled(messageId) {
  return until(`the end of ${messageId}`, async () => {
    const events = await history(messageId);
    return ["DELIVERED", "FAILED", "CANCELED"].includes(events.at(-1)?.state) && events;
  });
}

export const states = (events) => events.map(({ state }) => state);

/** A message that waits for an hour, so that it can be looked at. */
export async function publishForLater(request) {
  const { messageId } = await client.publish({ delay: "1h", ...request });
  return messageId;
}

/** A message whose only attempt fails, and its entry in the dead letter queue. */
export async function publishInVain(hook, request = {}) {
  const { messageId } = await client.publish({ url: hook.answers(500).url, retries: 0, ...request });
  await settled(messageId);
  const { messages } = await client.dlq.listMessages({ filter: { messageId } });
  assert.equal(messages.length, 1);
  return messages[0];
}

/** Assert that the server refuses a call with this status and an error text. */
export async function refused(call, status, text = /./) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof QstashError, `not a QstashError: ${error}`);
    assert.equal(error.status, status, error.message);
    assert.match(JSON.parse(error.message).error, text);
    return true;
  });
}

/** Decode a base64 field such as the body of a log entry. */
export const fromBase64 = (text) => Buffer.from(text, "base64").toString();
