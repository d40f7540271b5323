// What is copied does the same again: each snippet is run, and the destination asked.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { clipboard, eventually, fromUi, openMessage, publish, setUp, stateOf } from "./support.mjs";

const it = setUp();
const SDK = fileURLToPath(new URL("../../sdk/node", import.meta.url));
const BODY = `{"text":"it's \\"quoted\\" $HOME \`id\` \\\\ 🙂 </script>"}`;

async function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => output.push(data));
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, Buffer.concat(output).toString());
}

/** Publish something with many options, wait for its end, and copy it. */
async function copied(kind, { body = BODY, ...options } = {}) {
  const { page, destination } = it;
  const id = await publish(`${destination.url}/a/[b]?c=d&e={f}`, body, {
    "Content-Type": "application/json",
    "Forward-X-Mine": "it's mine",
    Method: "PUT",
    Retries: "1",
    "Retry-Delay": "1",
    Label: "copied",
    ...options,
  });
  await eventually(async () => ["DELIVERED", "FAILED"].includes(await stateOf(id)));
  const shown = await openMessage(page, id);
  await shown.getByRole("button", { name: "Copy as" }).click();
  await page.getByRole("menuitem", { name: kind }).click();
  await page.getByText(`Copied as ${kind}.`).waitFor();
  return clipboard(page);
}

async function sameAgain(count = 2) {
  const requests = await it.destination.received(count);
  const told = ({ method, url, body, headers }) => ({
    method,
    url,
    body,
    mine: headers["x-mine"],
    type: headers["content-type"],
  });
  assert.deepEqual(told(requests.at(-1)), told(requests[0]));
}

test("as curl", async () => {
  await run("bash", ["-c", await copied("curl")]);
  await sameAgain();
});

test("as curl, with bytes that are no text", async () => {
  await run("bash", ["-c", await copied("curl", { body: Buffer.from([0xff, 0x00, 0xfe, 0x0a]) })]);
  await sameAgain();
});

test("as Python", async () => {
  await run(process.env.PYTHON, ["-c", await copied("Python")]);
  await sameAgain();
});

test("as TypeScript", async () => {
  const { code } = await fromUi("esbuild").transform(await copied("TypeScript"), { loader: "ts" });
  await run(process.execPath, ["--input-type=module", "-e", code], { cwd: SDK });
  await sameAgain();
});

for (const [end, ...answers] of [["delivered", 500, 200], ["given up", 500, 503]]) {
  test(`as a pytest test of what was ${end}`, async () => {
    it.destination.answers(...answers);
    const text = await copied("pytest test");
    const folder = await mkdtemp(path.join(os.tmpdir(), "copied-"));
    try {
      await writeFile(path.join(folder, "test_copied.py"), text);
      await run(process.env.PYTHON, ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_copied.py"], { cwd: folder });
      if (end !== "delivered") return;
      // It has to be able to fail.
      await writeFile(path.join(folder, "test_copied.py"), text.replace("times=2", "times=3"));
      await assert.rejects(run(process.env.PYTHON, ["-m", "pytest", "-q", "-p", "no:cacheprovider"], { cwd: folder }));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
