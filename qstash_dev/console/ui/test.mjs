// Runs the unit tests: bundles each *.test.ts for Node and hands the bundles to its test runner.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const sources = (await readdir(path.join(here, "src"), { recursive: true }))
  .filter((file) => /\.test\.tsx?$/.test(file))
  .map((file) => path.join(here, "src", file));
const folder = await mkdtemp(path.join(os.tmpdir(), "console-tests-"));
try {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: sources,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".css": "empty" },
    sourcemap: "inline",
    metafile: true,
  });
  const tests = Object.keys(metafile.outputs).map((file) => path.resolve(here, file));
  const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=spec", ...tests], { stdio: "inherit" });
  process.exitCode = run.status ?? 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
