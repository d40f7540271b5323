/** Tests of the whole server also run the snippets; these cover what is hard to reach from there. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import type { DeliveryAttempt, MessageDetail } from "../../api/types";
import { qstashDuration } from "../../lib/format";
import { emptyDraft } from "../draft";
import { draftOf } from "../draft-of-message";
import { encodedPublishPath, flowControlValue, publishHeaders, publishPath } from "../request";
import { curl, shellQuoted } from "./curl";
import { javaScript, python } from "./literal";
import { pytestOfMessage } from "./pytest-of-message";
import { pythonSdk } from "./python";
import { typeScriptSdk } from "./typescript";

const NASTY = `it's "quoted" $HOME \`id\` \\ %s\n\ttab \u2028 ü 🙂 </script>`;

const detail = (change: Partial<MessageDetail> = {}, message: Partial<MessageDetail["message"]> = {}): MessageDetail => ({
  user: "defaultUser",
  now: 0,
  seq: 1,
  summary: {
    messageId: "msg_1",
    state: "DELIVERED",
    method: "POST",
    url: "http://localhost:3000/a",
    createdAt: 0,
    retried: 0,
    maxRetries: 3,
    size: 0,
  },
  message: {
    messageId: "msg_1",
    url: "http://localhost:3000/a",
    method: "POST",
    maxRetries: 3,
    notBefore: 0,
    createdAt: 0,
    body: "",
    bodySize: 0,
    ...message,
  },
  options: { destination: "http://localhost:3000/a" },
  verdict: { about: { kind: "message", id: "msg_1" }, reason: "succeeded", sentence: "delivered" },
  attempts: [],
  timeline: [],
  parent: null,
  children: [],
  ...change,
});

test("a shell reads back any text", () => {
  const run = spawnSync("sh", ["-c", `printf %s ${shellQuoted(NASTY)}`], { encoding: "utf8" });
  assert.equal(run.stdout, NASTY);
});

test("scripts and Python read back any text", () => {
  assert.equal(runInNewContext(javaScript(NASTY)), NASTY);
  const run = spawnSync("python3", ["-c", `import sys; sys.stdout.buffer.write(${python(NASTY)}.encode())`], {
    encoding: "utf8",
  });
  assert.equal(run.stdout, NASTY);
});

test("a plain publish says nothing that goes without saying", () => {
  assert.deepEqual(publishHeaders(draftOf(detail())), []);
});

test("every option of a message is in the headers", () => {
  const draft = draftOf(
    detail(
      {
        options: {
          destination: "group",
          delay: 90_000,
          deduplicationId: "d",
          contentBasedDeduplication: true,
          redact: ["body", "header[X]"],
        },
      },
      {
        method: "PUT",
        header: { "Content-Type": ["text/plain"], "X-A": ["1", "2"] },
        maxRetries: 0,
        retryDelayExpression: "1000",
        timeout: 1500,
        labels: ["a", "b"],
        callback: "http://cb",
        callbackHeader: { "X-C": ["3"] },
        failureCallback: "http://fcb",
        flowControlKey: "k",
        parallelism: 2,
        rate: 5,
        period: 60,
      },
    ),
  );
  assert.deepEqual(publishHeaders(draft), [
    ["Content-Type", "text/plain"],
    ["Upstash-Forward-X-A", "1"],
    ["Upstash-Forward-X-A", "2"],
    ["Upstash-Method", "PUT"],
    ["Upstash-Retries", "0"],
    ["Upstash-Retry-Delay", "1000"],
    ["Upstash-Delay", "90s"],
    ["Upstash-Timeout", "1500ms"],
    ["Upstash-Label", "a,b"],
    ["Upstash-Callback", "http://cb"],
    ["Upstash-Callback-Forward-X-C", "3"],
    ["Upstash-Failure-Callback", "http://fcb"],
    ["Upstash-Flow-Control-Key", "k"],
    ["Upstash-Flow-Control-Value", "parallelism=2,rate=5,period=60s"],
    ["Upstash-Deduplication-Id", "d"],
    ["Upstash-Content-Based-Deduplication", "true"],
    ["Upstash-Redact-Fields", "body,header[X]"],
  ]);
});

test("what was redacted or cut is warned of", () => {
  const cut = draftOf(detail({ options: { destination: "x", redact: ["body"] } }, { truncated: true }));
  assert.equal(cut.warnings.length, 2);
});

test("a destination is written as it is, unless an address could not hold it", () => {
  const path = (destination: string) => publishPath({ ...emptyDraft(), destination });
  assert.equal(path("http://localhost:3000/a?b=c"), "v2/publish/http://localhost:3000/a?b=c");
  assert.equal(path("http://localhost/ü#x"), "v2/publish/http%3A%2F%2Flocalhost%2F%C3%BC%23x");
  assert.equal(publishPath({ ...emptyDraft(), destination: "g", queue: "q" }), "v2/enqueue/q/g");
});

test("a browser is given a destination as it is, unless it would change it", () => {
  const path = (destination: string) => encodedPublishPath({ ...emptyDraft(), destination });
  assert.equal(path("http://localhost:3000/a?b=c"), "v2/publish/http://localhost:3000/a?b=c");
  assert.equal(path("my-group"), "v2/publish/my-group");
  assert.equal(path("http://localhost/a/../b"), "v2/publish/http%3A%2F%2Flocalhost%2Fa%2F..%2Fb");
  assert.equal(path("http://localhost/#x"), "v2/publish/http%3A%2F%2Flocalhost%2F%23x");
});

test("durations are exact", () => {
  assert.equal(qstashDuration(1000), "1s");
  assert.equal(qstashDuration(90_500), "90500ms");
  assert.equal(flowControlValue({ parallelism: "3", rate: "", period: "" }), "parallelism=3");
});

test("curl sends bytes through base64, and no content type of its own", () => {
  const bytes = curl({ ...emptyDraft(), destination: "http://x", bodyBase64: "/w==" }, "http://s", "t");
  assert.match(bytes, /^printf %s '\/w==' \| base64 -d \| curl/);
  assert.match(bytes, /-H 'Content-Type:'/);
});

test("queues and groups have calls of their own in the SDKs", () => {
  const drafts = [{ ...emptyDraft(), destination: "group", queue: "q" }];
  assert.match(pythonSdk(drafts, "http://s"), /client\.message\.enqueue\(\n {4}queue="q",\n {4}url_group="group",\n\)/);
  assert.match(typeScriptSdk(drafts, "http://s"), /client\.queue\(\{ queueName: "q" \}\)\.enqueue\(\{\n {2}urlGroup: "group",/);
});

test("a test tells the same story: answers, and the end they led to", () => {
  const attempt = (number: number, status?: number): DeliveryAttempt => ({
    number,
    time: 0,
    duration: 0,
    succeeded: false,
    request: { method: "POST", url: "", sentTo: "", headers: {}, body: "", bodySize: 0 },
    signature: null,
    ...(status !== undefined && { response: { status, headers: {}, body: "", bodySize: 0 } }),
  });
  const failed = detail({ attempts: [attempt(1, 500), attempt(2)] });
  failed.summary.state = "FAILED";
  const text = pytestOfMessage(failed);
  assert.match(text, /def test_a_is_given_up\(qstash_dev, qstash_client\):/);
  assert.match(text, /\.respond\(500, \{"drop": True\}\)/);
  assert.match(text, /assert_received\(times=2\)/);
  assert.match(text, /qstash_dev\.dlq\.one\(\)/);
  assert.match(text, /url=inbox\.url \+ "\/a"/);
});
