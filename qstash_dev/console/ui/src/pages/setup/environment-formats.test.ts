import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { FORMATS, fromContainer } from "./environment-formats";

const ENV = { QSTASH_URL: "http://127.0.0.1:8080/base", QSTASH_TOKEN: "eyJ=" };
const written = (id: string, env: Record<string, string> = ENV): string => FORMATS.find((one) => one.id === id)?.write(env) ?? "";

test("a shell reads every value back", () => {
  const nasty = { A: "it's $HOME", B: "x=y" };
  const run = spawnSync("sh", ["-c", `${written("shell", nasty)}; printf '%s|%s' "$A" "$B"`], { encoding: "utf8" });
  assert.equal(run.stdout, "it's $HOME|x=y");
});

test("each format names each variable", () => {
  for (const { id, write } of FORMATS) {
    for (const [name, value] of Object.entries(ENV)) assert.ok(write(ENV).includes(name) && write(ENV).includes(value), id);
  }
});

test("the ways of each", () => {
  assert.equal(written("dotenv").split("\n")[1], 'QSTASH_TOKEN="eyJ="');
  assert.equal(written("powershell", { A: "it's" }), "$env:A = 'it''s'");
  assert.equal(written("cmd", { A: "b" }), 'set "A=b"');
  assert.equal(written("fish", { A: "it's \\" }), "set -gx A 'it\\'s \\\\'");
  assert.deepEqual(JSON.parse(written("json")), ENV);
  assert.equal(written("docker", { A: "b", C: "d" }), "-e A='b' \\\n-e C='d'");
  assert.equal(written("compose", { A: "b" }), 'environment:\n  A: "b"');
});

test("a container reaches this machine by another name", () => {
  assert.equal(fromContainer(ENV).QSTASH_URL, "http://host.docker.internal:8080/base");
  assert.equal(fromContainer({ QSTASH_URL: "http://[::1]:8080" }).QSTASH_URL, "http://host.docker.internal:8080");
  const elsewhere = { QSTASH_URL: "https://qstash.test" };
  assert.deepEqual(fromContainer(elsewhere), elsewhere);
});
