import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../api/http";
import type { Fault } from "../../api/types";
import { effectText, emptyFaultForm, faultError, faultRequest, frequencyText, isUsedUp } from "./fault-form";

const fault = (change: Partial<Fault>): Fault => ({
  id: "fault_1",
  match: "*",
  status: null,
  error: null,
  latency: 0,
  times: 1,
  probability: 1,
  seed: 0,
  struck: 0,
  ...change,
});

test("only what belongs to the kind is asked for", () => {
  const draft = { ...emptyFaultForm(), match: " https://a/* " };
  assert.deepEqual(faultRequest(draft), { match: "https://a/*", status: 503, times: 1 });
  assert.deepEqual(faultRequest({ ...draft, kind: "reset" }), { match: "https://a/*", error: "reset", times: 1 });
  assert.deepEqual(faultRequest({ ...draft, kind: "late", latency: "2s" }), { match: "https://a/*", latency: "2s", times: 1 });
});

test("no number of times is every time, and a share is a probability", () => {
  const draft = { ...emptyFaultForm(), match: "*", times: " ", percent: "25", seed: "7" };
  assert.deepEqual(faultRequest(draft), { match: "*", status: 503, times: null, probability: 0.25, seed: 7 });
});

test("what is no number is left for the server to judge", () => {
  assert.deepEqual(faultRequest({ ...emptyFaultForm(), match: "*", status: "abc", times: "many", percent: "x" }), {
    match: "*",
    status: "abc",
    times: "many",
    probability: "x",
    seed: 0,
  });
});

test("the server's word leads to its field", () => {
  const error = (field: string) => new ApiError(400, `invalid field ${field}: use less`, { field, reason: "use less" });
  assert.deepEqual(faultError(error("times"), "status"), { field: "times", text: "use less" });
  assert.equal(faultError(error("status"), "late").field, "latency");
  assert.match(faultError(error("probability"), "status").text, /at most 100/);
  assert.deepEqual(faultError(error("error"), "status"), { field: "", text: "invalid field error: use less" });
  assert.deepEqual(faultError(new Error("The server does not answer."), "status"), { field: "", text: "The server does not answer." });
});

test("the effect of a fault and how often it is applied are described in words", () => {
  assert.equal(effectText(fault({ status: 503 })), "Answers 503");
  assert.equal(effectText(fault({ error: "timeout", latency: 2 })), "Times out after 2.0 s");
  assert.equal(effectText(fault({ latency: 0.2 })), "Is delayed by 200 ms");
  assert.equal(frequencyText(fault({})), "once");
  assert.equal(frequencyText(fault({ times: null, probability: 0.125 })), "every time, with a probability of 12.5 %");
  assert.equal(frequencyText(fault({ times: 3 })), "3 times");
});

test("a fault that has been applied often enough is spent", () => {
  assert.ok(isUsedUp(fault({ times: 2, struck: 2 })));
  assert.ok(!isUsedUp(fault({ times: 2, struck: 1 })));
  assert.ok(!isUsedUp(fault({ times: null, struck: 9 })));
});
