import assert from "node:assert/strict";
import { test } from "node:test";
import { byteString } from "../lib/bytes";
import { type Draft, emptyCallback, emptyDraft } from "./draft";
import { formField } from "./error-field";
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

const FIELDS: [named: string, field: string, item?: number][] = [
  ["destination", "destination"],
  ["Upstash-Retries", "retries"],
  ["upstash-retries", "retries"],
  ["Upstash-Callback-Retry-Delay", "callback.retryDelay"],
  ["Upstash-Callback", "callback.url"],
  ["Upstash-Failure-Callback-Timeout", "failureCallback.timeout"],
  ["Upstash-Failure-Callback-Forward-A", "failureCallback.headers"],
  ["Upstash-Forward-Content-Type", "contentType"],
  ["Upstash-Forward-X-Y", "headers"],
  ["Upstash-Flow-Control-Value.rate", "flowControl.rate"],
  ["Upstash-Flow-Control-Value.period", "flowControl.period"],
  ["Upstash-Flow-Control-Value", "flowControl.parallelism"],
  ["Upstash-Flow-Control-Key", "flowControl.key"],
  ["Upstash-Schedule-Id", "schedule.id"],
  ["Upstash-Cron", "schedule.cron"],
  ["Upstash-Cron.CRON_TZ", "schedule.zone"],
  ["Upstash-Deduplication-Id", "deduplicationId"],
  ["Upstash-Not-Before", "notBefore"],
  ["headers", "headers"],
  ["[3].queue", "queue", 3],
  ["[0].headers.upstash-delay", "delay", 0],
  ["[12].headers.Upstash-Flow-Control-Value.rate", "flowControl.rate", 12],
  ["[1]", ""],
  ["Authorization", ""],
  ["", ""],
];

for (const [named, field, item = null] of FIELDS) {
  test(`the field of the form for ${JSON.stringify(named)}`, () => {
    assert.deepEqual(formField(named), { item, field });
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
