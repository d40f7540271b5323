// Runs what the console offers as code, the way somebody who has copied it would.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fromUi } from "./support.mjs";

const SDK = fileURLToPath(new URL("../../sdk/node", import.meta.url));

async function ended(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => output.push(data));
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, output: Buffer.concat(output).toString() };
}

async function run(command, args, options) {
  const { code, output } = await ended(command, args, options);
  assert.equal(code, 0, output);
}

export const runCurl = (text) => run("bash", ["-c", text]);

export const runPython = (text) => run(process.env.PYTHON, ["-c", text]);

export async function runTypeScript(text) {
  const { code } = await fromUi("esbuild").transform(text, { loader: "ts" });
  await run(process.execPath, ["--input-type=module", "-e", code], { cwd: SDK });
}

/**
 * Run texts as test files, all in one run of pytest; by its name, whether each passed.
 * @param {Record<string, string>} texts
 */
export async function runPytest(texts) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "copied-"));
  try {
    for (const [name, text] of Object.entries(texts)) await writeFile(path.join(folder, `test_${name}.py`), text);
    const { code, output } = await ended(process.env.PYTHON, ["-m", "pytest", "-rA", "-p", "no:cacheprovider"], { cwd: folder });
    assert.ok(code === 0 || code === 1, output);
    const passed = (name) => new RegExp(`^PASSED test_${name}\\.py::`, "m").test(output);
    const failed = (name) => new RegExp(`^FAILED test_${name}\\.py::`, "m").test(output);
    const found = Object.keys(texts).map((name) => [name, passed(name) && !failed(name)]);
    for (const [name, good] of found) assert.ok(good || failed(name), output);
    return Object.fromEntries(found);
  } finally {
    await rm(folder, { recursive: true });
  }
}
