import assert from "node:assert/strict";
import { test } from "node:test";
import { byteString } from "../lib/bytes";
import { type Draft, emptyCallback, emptyDraft } from "./draft";
import { errorField } from "./error-field";
import {
  draftOfForm,
  emptyForm,
  formErrors,
  formOf,
  isPristine,
  localTime,
  unixSeconds,
  valueAt,
  withValue,
} from "./form";
import { publishHeaders } from "./request";
import { publishResults } from "./results";

const FULL: Draft = {
  ...emptyDraft(),
  destination: "http://localhost/a",
  queue: "q",
  method: "PUT",
  bodyBase64: "/w==",
  headers: [["Content-Type", "text/plain"], ["X-A", "1"], ["X-A", "2"]],
  retries: "1",
  labels: ["a", "b"],
  callback: { ...emptyCallback(), url: "http://cb", retries: "2", headers: [["X-C", "3"]] },
  flowControl: { key: "k", parallelism: "2", rate: "", period: "" },
  redact: { body: true, header: false, names: ["X-A"] },
};

test("a draft comes out of a form as it went in", () => {
  assert.deepEqual(draftOfForm(formOf(FULL)), FULL);
  const scheduled = { ...FULL, schedule: { cron: "* * * * *", zone: "UTC", id: "s" } };
  assert.deepEqual(draftOfForm(formOf(scheduled)), scheduled);
});

test("what does not count is kept, and not sent", () => {
  const form = { ...emptyForm(), destination: " http://x ", queue: "q", notBefore: "9", headers: [["", ""] as [string, string]] };
  assert.deepEqual([draftOfForm(form).queue, draftOfForm(form).destination, draftOfForm(form).headers.length], ["", "http://x", 1]);
  assert.equal(draftOfForm({ ...form, mode: "enqueue" }).queue, "q");
  assert.equal(draftOfForm({ ...form, mode: "schedule" }).notBefore, "");
});

test("options of a callback without a URL are not sent", () => {
  const form = withValue(emptyForm(), "callback.retries", "2");
  assert.equal(valueAt(form, "callback.retries"), "2");
  const names = (draft: Draft): string[] => publishHeaders(draft).map(([name]) => name);
  assert.deepEqual(names(draftOfForm(form)), ["Content-Type"]);
  assert.deepEqual(names(draftOfForm(withValue(form, "callback.url", "http://cb"))), [
    "Content-Type",
    "Upstash-Callback",
    "Upstash-Callback-Retries",
  ]);
});

test("only what has changed is worth keeping", () => {
  assert.ok(isPristine(emptyForm()));
  assert.ok(!isPristine({ ...emptyForm(), body: " " }));
});

test("what cannot be sent is found before", () => {
  assert.deepEqual(Object.keys(formErrors(emptyForm(), false)), ["destination"]);
  assert.deepEqual(Object.keys(formErrors({ ...emptyForm(), mode: "enqueue", bytes: true, body: "é" }, false)), ["destination", "queue", "body"]);
  assert.deepEqual(Object.keys(formErrors({ ...formOf(FULL), headers: [["a b", "1"]] }, true)), ["body", "headers"]);
  assert.deepEqual(formErrors(formOf(FULL), false), {});
});

test("times go to the second and back", () => {
  assert.equal(unixSeconds(localTime("1767225601")), "1767225601");
  assert.deepEqual([localTime(""), localTime("soon"), unixSeconds("")], ["", "", ""]);
});

test("header values are the bytes of UTF-8", () => {
  assert.equal(byteString("ü€"), "\xc3\xbc\xe2\x82\xac");
});

const REFUSALS: [error: string, field: string, item?: number][] = [
  ["a non-empty destination must be provided", "destination"],
  ["topic nobody not found", "destination"],
  ["invalid destination url: the host is missing or malformed (got 'http://')", "destination"],
  ["invalid Upstash-Retries: use a whole number of 0 or more (got 'x')", "retries"],
  ["invalid Upstash-Callback-Retry-Delay: unexpected end (got '(')", "callback.retryDelay"],
  ["invalid Upstash-Callback: it must begin with http:// or https:// (got 'x')", "callback.url"],
  ["invalid Upstash-Failure-Callback-Timeout: use a duration (got 'x')", "failureCallback.timeout"],
  ["invalid Upstash-Failure-Callback-Forward-A: control characters cannot be forwarded (got '\x01')", "failureCallback.headers"],
  ["invalid Upstash-Forward-Content-Type: control characters cannot be forwarded (got '\x01')", "contentType"],
  ["invalid Upstash-Forward-X-Y: control characters cannot be forwarded (got '\x01')", "headers"],
  ["invalid Upstash-Flow-Control-Value: rate must be a whole number above zero (got 'rate=x')", "flowControl.rate"],
  ["invalid Upstash-Flow-Control-Value: use a period from 1s to 7d (got 'period=9d')", "flowControl.period"],
  ["invalid Upstash-Flow-Control-Value: give at least one of parallelism=N and rate=N (got '')", "flowControl.parallelism"],
  ["invalid Upstash-Flow-Control-Key: a key is needed with Flow-Control-Value (got '')", "flowControl.key"],
  ["invalid Upstash-Schedule-Id 'a b': use 1 to 256 letters, digits, '-', '_' and '.'", "schedule.id"],
  ["Invalid cron expression expected exactly 5 fields, found 1: [x]", "schedule.cron"],
  ["Invalid cron expression provided bad location Nowhere/At: unknown time zone", "schedule.zone"],
  ["quota maxRetries exceeded, current limit: 5", "retries"],
  ["DeduplicationId cannot contain ':', use another separator such as '_' (Upstash-Deduplication-Id is 'a:b')", "deduplicationId"],
  ["flowControlKey must be alphanumeric, hyphen, underscore, or period (Upstash-Flow-Control-Key is 'a:b')", "flowControl.key"],
  ["Upstash-Not-Before/Upstash-Delay can not be used with enqueue: publish instead", "delay"],
  [`invalid Upstash-Delay header: time: missing unit in duration "60": use '60s' for seconds`, "delay"],
  [`invalid Upstash-Flow-Control-Value header: time: invalid duration "x": use a duration such as '10s'`, "flowControl.period"],
  ["Upstash-Flow-Control-Value should be either rate=X or parallelism=Y, or both as comma-separated values: rate must be a whole number above zero (got 'rate=x')", "flowControl.rate"],
  ["Upstash-Flow-Control-Value should be either rate=X or parallelism=Y, or both as comma-separated values: give at least one of parallelism=N and rate=N (got '')", "flowControl.parallelism"],
  ["item 3 of the batch: invalid queue name 'a b': use letters", "queue", 3],
  ["quota maxPendingBytes exceeded, current limit: 9", ""],
];

for (const [error, field, item = null] of REFUSALS) {
  test(`the field to blame for: ${JSON.stringify(error)}`, () => {
    const refusal = errorField(error);
    assert.deepEqual([refusal.field, refusal.item], [field, item]);
    assert.ok(error.endsWith(refusal.text));
  });
}

test("receipts of each shape", () => {
  const message = (id: string, item: number) => ({ kind: "message", id, deduplicated: false, item });
  assert.deepEqual(publishResults({ messageId: "a" }, false), [message("a", 0)]);
  assert.deepEqual(publishResults([{ messageId: "a", url: "u", deduplicated: true }], false), [
    { kind: "message", id: "a", url: "u", deduplicated: true, item: 0 },
  ]);
  assert.deepEqual(publishResults([{ messageId: "a" }, [{ messageId: "b" }, { messageId: "c" }]], true), [
    message("a", 0),
    message("b", 1),
    message("c", 1),
  ]);
  assert.deepEqual(publishResults({ scheduleId: "s" }, false), [{ kind: "schedule", id: "s", deduplicated: false, item: 0 }]);
  assert.deepEqual(publishResults("nonsense", false), []);
});
