// Runs what the console offers as code, the way somebody who has copied it would.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fromUi } from "./support.mjs";

const SDK = fileURLToPath(new URL("../../sdk/node", import.meta.url));

async function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => output.push(data));
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, Buffer.concat(output).toString());
}

export const runCurl = (text) => run("bash", ["-c", text]);

export const runPython = (text) => run(process.env.PYTHON, ["-c", text]);

export async function runTypeScript(text) {
  const { code } = await fromUi("esbuild").transform(text, { loader: "ts" });
  await run(process.execPath, ["--input-type=module", "-e", code], { cwd: SDK });
}

/** One run for each text, in a folder of their own. */
export async function runPytest(text) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "copied-"));
  try {
    await writeFile(path.join(folder, "test_copied.py"), text);
    await run(process.env.PYTHON, ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_copied.py"], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}
