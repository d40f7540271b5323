/** A pytest test for drafts that have not been sent. */

import type { Draft } from "../draft";
import { isUrl } from "../request";
import { python } from "./literal";
import { testName } from "./pytest-of-message";
import { pythonCall } from "./python";

/** A test that sends the drafts with inboxes in place of their destinations. */
export function pytestOfDrafts(drafts: Draft[]): string {
  const scheduled = drafts.some(({ schedule }) => schedule);
  const call = pythonCall(drafts, "qstash_client", [], "    ");
  const lines = [
    ...(drafts.some(({ bodyBase64 }) => bodyBase64) ? ["from base64 import b64decode", "", ""] : []),
    `def ${testName(drafts[0]?.destination ?? "", "is_delivered")}(qstash_dev, qstash_client):`,
    "    inbox = qstash_dev.inbox()",
    ...routes(drafts),
    scheduled ? `    schedule_id = ${call}` : `    ${call}`,
    ...(scheduled ? ["    qstash_dev.trigger(schedule_id)"] : []),
    "    qstash_dev.run_all()",
    "",
    ...assertions(drafts),
    "",
  ];
  return lines.join("\n");
}

function routes(drafts: Draft[]): string[] {
  const destinations = unique(drafts.map(({ destination }) => destination));
  const callbacks = unique(drafts.flatMap(({ callback, failureCallback }) => [callback.url, failureCallback.url]));
  return [
    ...destinations.map((one) =>
      isUrl(one)
        ? `    qstash_dev.route(${python(one)}, inbox.url)`
        : `    qstash_client.url_group.upsert_endpoints(${python(one)}, [{"url": inbox.url}])`,
    ),
    ...callbacks.map((one) => `    qstash_dev.route(${python(one)}, qstash_dev.inbox("callbacks").url)`),
  ];
}

function assertions(drafts: Draft[]): string[] {
  const bodies = drafts.map(({ body, bodyBase64 }) => (bodyBase64 ? `b64decode(${python(bodyBase64)})` : python(body)));
  if (bodies.length === 1) return [`    inbox.assert_received(times=1, body=${bodies[0] ?? ""})`];
  return unique(bodies).map((one) => `    inbox.assert_received(body=${one})`);
}

function unique(texts: string[]): string[] {
  return [...new Set(texts.filter(Boolean))];
}
