import assert from "node:assert/strict";
import { test } from "node:test";
import type { Step } from "../../../api/types";
import { stepResult } from "./step-result";

const step = (stepType: string, out?: string): Step => ({
  messageId: "m",
  state: "STEP_SUCCESS",
  phase: "done",
  begunAt: 0,
  attempts: [],
  retries: 0,
  stepType,
  ...(out !== undefined && { out }),
});

test("what a step returned is shown as it is", () => {
  assert.deepEqual(stepResult(step("Run", '{"a":1}')), { title: "Result", text: '{"a":1}' });
});

test("what woke a wait is decoded, umlauts and all", () => {
  const out = Buffer.from('{"name":"Zoë"}').toString("base64");
  assert.deepEqual(stepResult(step("Wait", out)), { title: "Event data", text: '{"name":"Zoë"}' });
});

test("what is no base64, or was cut in a character, is shown as it came", () => {
  assert.equal(stepResult(step("Wait", "%%"))?.text, "%%");
  assert.equal(stepResult(step("Wait", "w6"))?.text, "w6");
});

test("of a call the body of its answer is shown", () => {
  const out = JSON.stringify({ status: 200, body: '{"id":1}', header: {} });
  assert.deepEqual(stepResult(step("Call", out)), { title: "Answer to the call", text: '{"id":1}' });
  assert.equal(stepResult(step("Call", out.slice(0, 20)))?.text, out.slice(0, 20));
});

test("nothing is nothing", () => {
  assert.equal(stepResult(step("Run")), null);
  assert.equal(stepResult(step("SleepFor", "")), null);
});
