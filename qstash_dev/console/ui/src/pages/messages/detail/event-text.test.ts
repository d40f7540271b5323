import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimelineEvent } from "../../../api/messages";
import { happened } from "./event-text";

const event = (more: Partial<TimelineEvent>): TimelineEvent => ({
  seq: 1,
  time: 0,
  state: "CREATED",
  retried: 0,
  ...more,
});

test("a warning tells its text, whatever state the message was in", () => {
  const warning = { code: "duration-without-unit", text: "the delay has no unit" };
  assert.equal(happened(event({ warning })), "The delay has no unit.");
  assert.equal(happened(event({ warning, state: "ACTIVE" })), "The delay has no unit.");
  assert.equal(happened(event({ warning, state: "FAILED" })), "The delay has no unit.");
});

test("an attempt tells its beginning and its outcome", () => {
  assert.equal(happened(event({ state: "ACTIVE", retried: 1 })), "Attempt 2 begins");
  assert.equal(happened(event({ state: "DELIVERED", responseStatus: 200, duration: 8 })), "HTTP status 200, after 8 ms");
  assert.equal(happened(event({ state: "ERROR", error: "refused", responseStatus: 500 })), "refused");
  assert.equal(happened(event({ state: "FAILED" })), "No attempt is left");
});
