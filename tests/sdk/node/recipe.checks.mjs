// What the recipe of docs/node.md promises beside its example. Copied next to it by tests/docs/test_node_page.py.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { Client } from "@upstash/qstash";

import setup, { startQStash } from "./qstash-dev.mjs";

const refuses = (url) => assert.rejects(fetch(`${url}/v2/keys`), /fetch failed/);

test("the default export is a global set-up: environment first, the end afterwards", async () => {
  const stop = await setup();
  const url = process.env.QSTASH_URL;
  const client = new Client();
  const { messageId } = await client.publish({ url: `${url}/_dev/inbox/a`, body: "b" });
  const waited = await fetch(`${url}/_dev/inboxes/a/wait`, { method: "POST" });
  const { requests } = await waited.json();
  assert.deepEqual(requests.map((request) => request.headers["Upstash-Message-Id"]), [[messageId]]);
  await stop();
  await refuses(url);
});

test("two servers at once do not meet", async () => {
  const [one, two] = await Promise.all([startQStash(), startQStash("--quota", "pro")]);
  await one.dev("POST", "clock/advance", { by: "1d" });
  const [ahead, real] = await Promise.all([one, two].map((qstash) => qstash.dev("GET", "clock")));
  assert.deepEqual([ahead.mode, real.mode], ["travelled", "real"]);
  await Promise.all([one.stop(), two.stop()]);
});

test("what is refused is an error with the text of the server", async () => {
  const qstash = await startQStash();
  await assert.rejects(qstash.dev("POST", "clock/advance", { by: -1 }), /time only goes forward/);
  await assert.rejects(qstash.dev("GET", "inboxes/none"), /inbox none not found/);
  await qstash.stop();
  await qstash.stop();
});

test("a server that cannot start rejects instead of hanging", async () => {
  await assert.rejects(startQStash("--time-scale", "0"), /ended with exit code 2/);
  const path = process.env.PATH;
  process.env.PATH = "";
  try {
    await assert.rejects(startQStash(), /ENOENT/);
  } finally {
    process.env.PATH = path;
  }
});

test("a process that ends without stopping takes its server along", async () => {
  const script = `
    import { startQStash } from "./qstash-dev.mjs";
    const { url } = await startQStash();
    console.log(url);
    process.exit(3);
  `;
  const run = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  assert.equal(run.status, 3, run.stderr);
  const url = run.stdout.trim();
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    try {
      await fetch(`${url}/v2/keys`);
    } catch {
      return;
    }
  }
  assert.fail("the server is still there");
});
