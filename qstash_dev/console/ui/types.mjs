// Writes src/api/schema.d.ts: the shapes of the server's answers, from its OpenAPI document. It is not in version control.
import openapiTS, { astToString } from "openapi-typescript";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, "..", "..", "..");
const target = path.join(here, "src", "api", "schema.d.ts");
const own = ["bin/python", "Scripts/python.exe"].map((name) => path.join(root, ".venv", name)).find(existsSync);
const python = process.env.PYTHON ?? own ?? "python3";
const program = "import sys; from qstash_dev.api.openapi.document import encoded_document as d; sys.stdout.buffer.write(d())";

const document = JSON.parse(execFileSync(python, ["-c", program], { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 }));
// The console calls operations by functions of its own.
const made = astToString(await openapiTS({ ...document, paths: {} }));
if (made !== (await readFile(target, "utf8").catch(() => ""))) {
  // Another check may read it at the same time.
  const draft = `${target}.${process.pid}`;
  await writeFile(draft, made);
  await rename(draft, target);
}
