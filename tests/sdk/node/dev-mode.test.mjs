// QSTASH_DEV=1 must adopt the server that runs on QSTASH_DEV_PORT: nothing is downloaded, nothing is started.
import assert from "node:assert/strict";
import childProcess from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, mock, test } from "node:test";

import { Client, Receiver, startDevServer } from "@upstash/qstash";

import { openDestination } from "./support.mjs";

const serverUrl = new URL(process.env.QSTASH_URL);
const home = mkdtempSync(join(tmpdir(), "qstash-dev-home-"));
Object.assign(process.env, {
  HOME: home,
  USERPROFILE: home,
  LOCALAPPDATA: home,
  XDG_CACHE_HOME: join(home, "cache"),
  QSTASH_DEV: "1",
  QSTASH_DEV_PORT: serverUrl.port,
});
for (const name of ["QSTASH_URL", "QSTASH_TOKEN", "QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY"]) {
  delete process.env[name];
}

const spawned = [];
for (const name of ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"]) {
  mock.method(childProcess, name, (...command) => {
    spawned.push([name, ...command]);
    throw new Error(`${name} was called`);
  });
}
syncBuiltinESMExports();

/** Every host that anything in this process has called, by `node:http` or by `fetch`. */
const called = new Set();
subscribe("http.client.request.start", ({ request }) => called.add(request.getHeader("host")));
subscribe("undici:request:create", ({ request }) => called.add(new URL(request.origin).host));

const destination = await openDestination();
after(() => {
  destination.close();
  rmSync(home, { recursive: true });
});

test("the trap for child processes works", async () => {
  const { spawn } = await import("node:child_process");
  assert.throws(() => spawn("true"), /spawn was called/);
  assert.equal(spawned.splice(0).length, 1);
  assert.equal(homedir(), home);
});

test("a client in dev mode speaks to the running server", async () => {
  const hook = destination.hook();
  const client = new Client();
  const { messageId } = await client.publishJSON({ url: hook.url, body: { n: 1 } });
  const [request] = await hook.received();
  assert.equal(request.headers["upstash-message-id"], messageId);
});

test("batches and queues work in dev mode", async () => {
  const hook = destination.hook();
  const client = new Client();
  await client.batchJSON([{ url: hook.url, body: 1 }, { url: hook.url, body: 2 }]);
  await client.queue({ queueName: "dev" }).enqueueJSON({ url: hook.url, body: 3 });
  await hook.received(3);
});

test("a receiver in dev mode knows the keys", async () => {
  const hook = destination.hook();
  await new Client().publish({ url: hook.url, body: "signed" });
  const [request] = await hook.received();
  const signature = request.headers["upstash-signature"];
  assert.equal(await new Receiver().verify({ signature, body: "signed", url: hook.url }), true);
});

test("devMode in the code does the same as the variable", async () => {
  delete process.env.QSTASH_DEV;
  try {
    const hook = destination.hook();
    await new Client({ devMode: true }).publish({ url: hook.url, body: "x" });
    const [request] = await hook.received();
    const signature = request.headers["upstash-signature"];
    assert.equal(await new Receiver({ devMode: true }).verify({ signature, body: "x" }), true);
  } finally {
    process.env.QSTASH_DEV = "1";
  }
});

test("startDevServer finds the server running", async () => {
  const warn = mock.method(console, "warn");
  await startDevServer();
  assert.equal(warn.mock.callCount(), 0);
});

test("nothing was started, nothing was written, and nobody else was called", () => {
  assert.deepEqual(spawned, []);
  assert.deepEqual(readdirSync(home), []);
  assert.deepEqual([...called], [serverUrl.host]);
});
