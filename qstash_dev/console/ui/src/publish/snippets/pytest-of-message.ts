/** A pytest test that reproduces a message and its delivery attempts. */

import type { DeliveryAttempt, MessageDetail } from "../../api/types";
import { type Draft, emptyCallback, emptyDraft } from "../draft";
import { draftOf } from "../draft-of-message";
import { python } from "./literal";
import { pythonCall } from "./python";

/** A test with the same request, the same answers of the destination and the same final state. */
export function pytestOfMessage(detail: MessageDetail): string {
  const { summary, attempts } = detail;
  // Without queue, flow control and callbacks, which the test does not depend on.
  const draft: Draft = {
    ...draftOf(detail),
    queue: "",
    flowControl: emptyDraft().flowControl,
    callback: emptyCallback(),
    failureCallback: emptyCallback(),
  };
  const given = attempts.map(answer);
  const times = Math.max(1, given.length);
  const failed = summary.state === "FAILED";
  const lines = [
    ...(draft.bodyBase64 ? ["from base64 import b64decode", "", ""] : []),
    `def ${testName(detail.message.url, failed ? "is_given_up" : "is_delivered")}(qstash_dev, qstash_client):`,
    `    inbox = qstash_dev.inbox()${given.length > 0 ? `.respond(${given.join(", ")})` : ""}`,
    `    message = ${pythonCall([draft], "qstash_client", [inboxUrl(detail)], "    ")}`,
    "    qstash_dev.run_all()",
    "",
    `    received = inbox.assert_received(times=${times})`,
    ...bodyAssertion(draft),
    `    assert qstash_dev.messages.one(message.message_id).state == ${python(failed ? "FAILED" : "DELIVERED")}`,
    ...(failed ? ["    assert qstash_dev.dlq.one()"] : []),
    "",
  ];
  return lines.join("\n");
}

/** The address of the inbox, followed by path and query of the destination. */
function inboxUrl({ message }: MessageDetail): string {
  const rest = /^https?:\/\/[^/?#]*(\/[^#]*)?/i.exec(message.url)?.[1] ?? "";
  return rest && rest !== "/" ? `inbox.url + ${python(rest)}` : "inbox.url";
}

function answer({ response }: DeliveryAttempt): string {
  // An inbox can reproduce a missing response only by closing the connection.
  if (!response || response.status < 200 || response.status > 599) return `{"drop": True}`;
  return String(response.status);
}

function bodyAssertion(draft: Draft): string[] {
  if (draft.bodyBase64) return [`    assert received.body == b64decode(${python(draft.bodyBase64)})`];
  return [`    assert received.text == ${python(draft.body)}`];
}

export function testName(url: string, end: string): string {
  const path = /^https?:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? url;
  const words = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 40);
  return `test_${words ? `${words}_` : "message_"}${end}`;
}
