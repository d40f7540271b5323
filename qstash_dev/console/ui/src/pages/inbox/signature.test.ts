import assert from "node:assert/strict";
import { test } from "node:test";
import { attemptNumber, headerValue, signatureBadge } from "./signature";

test("a header is found by any spelling", () => {
  assert.equal(headerValue({ "upstash-Retried": ["1", "2"] }, "Upstash-Retried"), "1");
  assert.equal(headerValue({}, "Upstash-Retried"), "");
  assert.equal(headerValue({ "X-Empty": [] }, "x-empty"), "");
});

test("no signature is another thing than a wrong one", () => {
  const signed = { "Upstash-Signature": ["a.b.c"] };
  assert.equal(signatureBadge({ headers: signed, signatureError: null }).text, "Signed");
  assert.equal(signatureBadge({ headers: signed, signatureError: "expired" }).text, "Not valid");
  assert.equal(signatureBadge({ headers: {}, signatureError: "there is no Upstash-Signature header" }).text, "Unsigned");
});

test("attempts count from one, and only if a message says which", () => {
  assert.equal(attemptNumber({ "Upstash-Retried": ["0"] }), 1);
  assert.equal(attemptNumber({ "Upstash-Retried": ["12"] }), 13);
  assert.equal(attemptNumber({ "Upstash-Retried": ["<b>"] }), null);
  assert.equal(attemptNumber({}), null);
});
