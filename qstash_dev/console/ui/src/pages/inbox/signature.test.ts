import assert from "node:assert/strict";
import { test } from "node:test";
import { attempt, header, verdict } from "./signature";

test("a header is found by any spelling", () => {
  assert.equal(header({ "upstash-Retried": ["1", "2"] }, "Upstash-Retried"), "1");
  assert.equal(header({}, "Upstash-Retried"), "");
  assert.equal(header({ "X-Empty": [] }, "x-empty"), "");
});

test("no signature is another thing than a wrong one", () => {
  const signed = { "Upstash-Signature": ["a.b.c"] };
  assert.equal(verdict({ headers: signed, signatureError: null }).text, "Signed");
  assert.equal(verdict({ headers: signed, signatureError: "expired" }).text, "Not valid");
  assert.equal(verdict({ headers: {}, signatureError: "there is no Upstash-Signature header" }).text, "Unsigned");
});

test("attempts count from one, and only if a message says which", () => {
  assert.equal(attempt({ "Upstash-Retried": ["0"] }), 1);
  assert.equal(attempt({ "Upstash-Retried": ["12"] }), 13);
  assert.equal(attempt({ "Upstash-Retried": ["<b>"] }), null);
  assert.equal(attempt({}), null);
});
