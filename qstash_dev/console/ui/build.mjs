// Bundles the console into ../static: one script, one style sheet, a page, and the licences of what is in them.
// `--watch` builds again whenever a source changes.
import { context } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.join(here, "..", "static");

const page = (script, early, style) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>qstash-dev</title>
<link rel="icon" href="_console/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="_console/${style}">
<script src="_console/${early}"></script>
<script type="module" src="_console/${script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The console needs JavaScript. Everything it does is also served under <code>/openapi.json</code>.</noscript>
</body>
</html>
`;

async function licences(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) packages.add(match[1]);
  }
  const texts = [...packages].sort().map(async (name) => {
    const folder = path.join(here, "node_modules", name);
    const { version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} comes without the text of its licence`);
    return `${name} ${version} (${license})\n\n${await readFile(path.join(folder, file), "utf8")}`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(78)}\n\n`);
}

async function write({ outputFiles, metafile }) {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const named = (start, end) =>
    path.basename(outputFiles.find(({ path: p }) => path.basename(p).startsWith(start) && p.endsWith(end)).path);
  for (const { path: file, contents } of outputFiles) await writeFile(path.join(target, path.basename(file)), contents);
  await writeFile(path.join(target, "icon.svg"), await readFile(path.join(here, "src", "icon.svg")));
  await writeFile(path.join(target, "licences.txt"), await licences(Object.keys(metafile.inputs)));
  await writeFile(
    path.join(target, "index.html"),
    page(named("app-", ".js"), named("theme-", ".js"), named("app-", ".css")),
  );
}

const written = {
  name: "write",
  setup(build) {
    build.onEnd(async (result) => {
      if (result.errors.length === 0) await write(result);
    });
  },
};

const bundle = await context({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx", theme: "src/theme-early.ts" },
  outdir: target,
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  metafile: true,
  write: false,
  plugins: [written],
});
if (process.argv.includes("--watch")) {
  await bundle.watch();
  console.log("building the console whenever a source changes");
} else {
  await bundle.rebuild();
  await bundle.dispose();
}
