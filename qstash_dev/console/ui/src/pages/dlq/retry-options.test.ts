import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_OVERRIDES, overrideHeaders } from "./retry-options";

test("what is empty changes nothing", () => {
  assert.deepEqual(overrideHeaders(NO_OVERRIDES), {});
  assert.deepEqual(overrideHeaders({ ...NO_OVERRIDES, delay: "  ", headers: "\n \n" }), {});
});

test("each setting becomes its header", () => {
  const overrides = { ...NO_OVERRIDES, delay: "10s", retries: "5", flowControlKey: "k", flowControlValue: "rate=1" };
  assert.deepEqual(overrideHeaders(overrides), {
    "Upstash-Delay": "10s",
    "Upstash-Retries": "5",
    "Upstash-Flow-Control-Key": "k",
    "Upstash-Flow-Control-Value": "rate=1",
  });
});

test("headers are forwarded, ours are not", () => {
  const headers = "X-Mine: a: b\nUpstash-Label:again";
  assert.deepEqual(overrideHeaders({ ...NO_OVERRIDES, headers }), {
    "Upstash-Forward-X-Mine": "a: b",
    "Upstash-Label": "again",
  });
});

test("a line that is no header is an error that quotes it", () => {
  assert.throws(() => overrideHeaders({ ...NO_OVERRIDES, headers: "no header" }), /“no header” is no header/);
});
