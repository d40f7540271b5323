import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_RETRY_OPTIONS, retryOptionHeaders } from "./retry-options";

test("what is empty changes nothing", () => {
  assert.deepEqual(retryOptionHeaders(NO_RETRY_OPTIONS), {});
  assert.deepEqual(retryOptionHeaders({ ...NO_RETRY_OPTIONS, delay: "  ", headers: "\n \n" }), {});
});

test("each setting becomes its header", () => {
  const overrides = { ...NO_RETRY_OPTIONS, delay: "10s", retries: "5", flowControlKey: "k", flowControlValue: "rate=1" };
  assert.deepEqual(retryOptionHeaders(overrides), {
    "Upstash-Delay": "10s",
    "Upstash-Retries": "5",
    "Upstash-Flow-Control-Key": "k",
    "Upstash-Flow-Control-Value": "rate=1",
  });
});

test("headers are forwarded, ours are not", () => {
  const headers = "X-Mine: a: b\nUpstash-Label:again";
  assert.deepEqual(retryOptionHeaders({ ...NO_RETRY_OPTIONS, headers }), {
    "Upstash-Forward-X-Mine": "a: b",
    "Upstash-Label": "again",
  });
});

test("a line that is no header is an error that quotes it", () => {
  assert.throws(() => retryOptionHeaders({ ...NO_RETRY_OPTIONS, headers: "no header" }), /“no header” is no header/);
});
