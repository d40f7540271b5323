/** Code for the official JavaScript SDK, valid as TypeScript. */

import type { CallbackDraft, Draft, HeaderPair } from "../draft";
import { callbackOptions, cronHeader, isDelayed, nonEmpty } from "../request";
import { javaScript } from "./literal";
import {
  type Argument,
  destinationName,
  flowControl,
  headerRecord,
  numberOrText,
  redact,
  textOrNone,
} from "./sdk-arguments";

export function typeScriptSdk(drafts: Draft[], url: string): string {
  return [
    'import { Client } from "@upstash/qstash";',
    "",
    `const client = new Client({ baseUrl: process.env.QSTASH_URL ?? ${javaScript(url)}, token: process.env.QSTASH_TOKEN! });`,
    `console.log(await ${call(drafts)});`,
    "",
  ].join("\n");
}

function call(drafts: Draft[]): string {
  const [draft] = drafts;
  if (!draft) return "";
  // Enqueue takes no delay, an item of a batch does.
  if (drafts.length > 1 || (draft.queue && !draft.schedule && isDelayed(draft))) return batchCall(drafts);
  const { queue, schedule } = draft;
  const verb = schedule ? "schedules.create" : queue ? `queue({ queueName: ${javaScript(queue)} }).enqueue` : "publish";
  const lines = fields(draft).map(([name, value]) => `  ${name}: ${value},\n`);
  return `client.${verb}({\n${lines.join("")}})`;
}

function batchCall(drafts: Draft[]): string {
  const items = drafts.map((draft) => {
    const queue: HeaderPair[] = draft.queue ? [["queueName", javaScript(draft.queue)]] : [];
    const lines = [...queue, ...fields(draft)].map(([name, value]) => `    ${name}: ${value},\n`);
    return `  {\n${lines.join("")}  },\n`;
  });
  return `client.batch([\n${items.join("")}])`;
}

function fields(draft: Draft): HeaderPair[] {
  const { schedule, labels } = draft;
  const label = nonEmpty(labels);
  const named: Argument[] = [
    ["cron", schedule ? cronHeader(schedule) : undefined],
    ["scheduleId", textOrNone(schedule?.id ?? "")],
    ["queueName", schedule ? textOrNone(draft.queue) : undefined],
    ["method", draft.method === "POST" ? undefined : draft.method],
    ["headers", headerRecord([...draft.headers, ...callbackHeaders(draft)])],
    ["retries", numberOrText(draft.retries)],
    ["retryDelay", textOrNone(draft.retryDelay)],
    ["delay", textOrNone(draft.delay)],
    ["notBefore", numberOrText(draft.notBefore)],
    ["timeout", textOrNone(draft.timeout)],
    ["label", label.length > 1 ? label : label[0]],
    ["callback", textOrNone(draft.callback.url)],
    ["failureCallback", textOrNone(draft.failureCallback.url)],
    ["flowControl", flowControl(draft)],
    ["deduplicationId", textOrNone(draft.deduplicationId)],
    ["contentBasedDeduplication", draft.contentBasedDeduplication || undefined],
    ["redact", redact(draft)],
  ];
  const where = schedule ? "destination" : destinationName(draft, "url", "urlGroup");
  return [
    [where, javaScript(draft.destination)],
    ...body(draft),
    ...named.flatMap(([name, value]): HeaderPair[] => (value === undefined ? [] : [[name, javaScript(value)]])),
  ];
}

/** The SDK has no fields for options of callbacks, but passes on headers of the API. */
function callbackHeaders({ callback, failureCallback }: Draft): HeaderPair[] {
  const of = (name: string, draft: CallbackDraft): HeaderPair[] =>
    draft.url ? callbackOptions(draft).map(([option, value]): HeaderPair => [`${name}-${option}`, value]) : [];
  return [...of("Upstash-Callback", callback), ...of("Upstash-Failure-Callback", failureCallback)];
}

function body(draft: Draft): HeaderPair[] {
  if (draft.bodyBase64) return [["body", `Buffer.from(${javaScript(draft.bodyBase64)}, "base64")`]];
  return draft.body ? [["body", javaScript(draft.body)]] : [];
}
