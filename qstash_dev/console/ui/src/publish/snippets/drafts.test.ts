/** Arguments of the SDK calls; the browser tests run the calls. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DRAFT_SNIPPETS } from ".";
import { type Draft, emptyCallback, emptyDraft } from "../draft";

const draft = (change: Partial<Draft> = {}): Draft => ({ ...emptyDraft(), destination: "http://localhost/a", ...change });
const code = (name: string, ...drafts: Draft[]): string =>
  DRAFT_SNIPPETS.find((one) => one.name === name)?.text(drafts, "http://s", "token") ?? "";

test("a delay in a queue goes through a batch, for enqueue takes none", () => {
  const text = code("Python", draft({ queue: "q", delay: "5m" }));
  assert.match(text, /message\.batch\(\[\n {4}\{\n {8}"queue": "q",\n {8}"url": "http:\/\/localhost\/a",\n {8}"delay": "5m",\n {4}\},\n\]\)/);
  assert.match(code("TypeScript", draft({ queue: "q", delay: "5m" })), /client\.batch\(\[\n {2}\{\n {4}queueName: "q",[^}]*delay: "5m"/);
  assert.match(code("curl", draft({ queue: "q", delay: "5m" })), /v2\/publish\/http:\/\/localhost\/a'[^]*'Upstash-Queue-Name: q'/);
  assert.match(code("curl", draft({ queue: "q" })), /v2\/enqueue\/q\/http/);
});

test("options of callbacks are distinguished from headers that they forward", () => {
  const callback = { ...emptyCallback(), url: "http://cb", retries: "2", headers: [["X-C", "1"] as [string, string]] };
  assert.match(code("Python", draft({ callback })), /callback_headers=\{"Forward-X-C": "1", "Retries": "2"\}/);
  assert.match(
    code("TypeScript", draft({ failureCallback: callback })),
    /headers: \{ "Upstash-Failure-Callback-Forward-X-C": "1", "Upstash-Failure-Callback-Retries": "2" \}/,
  );
});

test("a schedule is made by the calls for schedules", () => {
  const schedule = draft({ schedule: { cron: "0 4 * * *", zone: "Europe/Berlin", id: "nightly" }, queue: "q" });
  assert.match(code("curl", schedule), /'http:\/\/s\/v2\/schedules\/http:\/\/localhost\/a'[^]*'Upstash-Queue-Name: q'/);
  assert.match(code("Python", schedule), /client\.schedule\.create\([^)]*cron="CRON_TZ=Europe\/Berlin 0 4 \* \* \*",\n {4}schedule_id="nightly"/);
  assert.match(code("TypeScript", schedule), /client\.schedules\.create\(\{\n {2}destination: [^}]*queueName: "q"/);
  assert.match(code("pytest test", schedule), /schedule_id = qstash_client\.schedule\.create\([^]*trigger\(schedule_id\)/);
});

test("several drafts are one batch", () => {
  const drafts = [draft({ body: "a" }), draft({ queue: "q", labels: ["x", " y "] })];
  assert.match(code("TypeScript", ...drafts), /client\.batch\(\[[^]*queueName: "q",\n {4}url: [^]*label: \["x", "y"\]/);
  const [, sent] = /--data-raw '([^']*)'/.exec(code("curl", ...drafts)) ?? [];
  assert.deepEqual(JSON.parse(sent ?? ""), [
    { destination: "http://localhost/a", headers: {}, body: "a" },
    { destination: "http://localhost/a", headers: { "Upstash-Label": "x,y" }, queue: "q" },
  ]);
});

test("what is no number yet is shown as it stands", () => {
  assert.match(code("Python", draft({ retries: "ma" })), /retries="ma"/);
  assert.match(code("Python", draft({ retries: "0" })), /retries=0/);
  const flowControl = { key: "k", parallelism: "2", rate: "", period: "1m" };
  assert.match(code("TypeScript", draft({ flowControl })), /flowControl: \{ key: "k", parallelism: 2, period: "1m" \}/);
});
