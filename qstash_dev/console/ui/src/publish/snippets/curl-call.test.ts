import assert from "node:assert/strict";
import { test } from "node:test";
import { curlCall } from "./curl-call";

test("a call is one command, with any characters in its names", () => {
  const call = { method: "POST", path: "v2/queues", json: { queueName: "it's" } };
  assert.equal(
    curlCall(call, "http://localhost:8080", "t=="),
    `curl -X POST 'http://localhost:8080/v2/queues' \\
  -H 'Authorization: Bearer t==' \\
  -H 'Content-Type: application/json' \\
  -d '{"queueName":"it'\\''s"}'`,
  );
});

test("headers are sent as they are", () => {
  const call = { method: "POST", path: "v2/schedules/http://a.b", headers: [["Upstash-Cron", "* * * * *"]] as [string, string][] };
  assert.match(curlCall(call, "http://x", "t"), /-H 'Upstash-Cron: \* \* \* \* \*'$/);
});
