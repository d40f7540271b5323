import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageEvent, Notice, Warning } from "../../../api/types";
import { eventText } from "./event-text";

const event = (more: Partial<MessageEvent>): MessageEvent => ({
  seq: 1,
  time: 0,
  state: "CREATED",
  retried: 0,
  ...more,
});

test("a warning shows its text, in every state of the message", () => {
  const warning: Warning = { code: "duration-without-unit", text: "the delay has no unit", todo: "" };
  assert.equal(eventText(event({ warning })), "The delay has no unit.");
  assert.equal(eventText(event({ warning, state: "ACTIVE" })), "The delay has no unit.");
  assert.equal(eventText(event({ warning, state: "FAILED" })), "The delay has no unit.");
});

test("an attempt tells its beginning and its outcome", () => {
  assert.equal(eventText(event({ state: "ACTIVE", retried: 1 })), "Attempt 2 begins");
  assert.equal(eventText(event({ state: "DELIVERED", responseStatus: 200, duration: 8 })), "HTTP status 200, after 8 ms");
  assert.equal(eventText(event({ state: "ERROR", error: "refused", responseStatus: 500 })), "refused");
  assert.equal(eventText(event({ state: "FAILED" })), "No retry is left");
});

test("a notice shows its text, and how many later ones are not kept", () => {
  const notice: Notice = { kind: "duplicate", text: "POST http://a/b = msg_1, id d1, ACTIVE", todo: "take another" };
  assert.equal(eventText(event({ notice })), "POST http://a/b = msg_1, id d1, ACTIVE. Take another.");
  assert.equal(
    eventText(event({ notice: { ...notice, more: 7 } })),
    "POST http://a/b = msg_1, id d1, ACTIVE; 7 later ones not kept. Take another.",
  );
});
