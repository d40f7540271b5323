/** Programs with the official JavaScript SDK, also valid as TypeScript. */

import type { CallbackDraft, Draft, Pair } from "../draft";
import { callbackOptions, cronText, listed } from "../request";
import { script } from "./literal";
import { amount, type Argument, destinationName, flowControl, orNone, record, redact } from "./sdk-arguments";

export function typeScriptSdk(drafts: Draft[], url: string): string {
  return [
    'import { Client } from "@upstash/qstash";',
    "",
    `const client = new Client({ baseUrl: process.env.QSTASH_URL ?? ${script(url)}, token: process.env.QSTASH_TOKEN! });`,
    `console.log(await ${call(drafts)});`,
    "",
  ].join("\n");
}

function call(drafts: Draft[]): string {
  const [draft] = drafts;
  if (!draft) return "";
  if (drafts.length > 1) return batchCall(drafts);
  const { queue, schedule } = draft;
  const verb = schedule ? "schedules.create" : queue ? `queue({ queueName: ${script(queue)} }).enqueue` : "publish";
  const lines = fields(draft).map(([name, value]) => `  ${name}: ${value},\n`);
  return `client.${verb}({\n${lines.join("")}})`;
}

function batchCall(drafts: Draft[]): string {
  const items = drafts.map((draft) => {
    const queue: Pair[] = draft.queue ? [["queueName", script(draft.queue)]] : [];
    const lines = [...queue, ...fields(draft)].map(([name, value]) => `    ${name}: ${value},\n`);
    return `  {\n${lines.join("")}  },\n`;
  });
  return `client.batch([\n${items.join("")}])`;
}

function fields(draft: Draft): Pair[] {
  const { schedule, labels } = draft;
  const label = listed(labels);
  const named: Argument[] = [
    ["cron", schedule ? cronText(schedule) : undefined],
    ["scheduleId", orNone(schedule?.id ?? "")],
    ["queueName", schedule ? orNone(draft.queue) : undefined],
    ["method", draft.method === "POST" ? undefined : draft.method],
    ["headers", record([...draft.headers, ...callbackHeaders(draft)])],
    ["retries", amount(draft.retries)],
    ["retryDelay", orNone(draft.retryDelay)],
    ["delay", orNone(draft.delay)],
    ["notBefore", amount(draft.notBefore)],
    ["timeout", orNone(draft.timeout)],
    ["label", label.length > 1 ? label : label[0]],
    ["callback", orNone(draft.callback.url)],
    ["failureCallback", orNone(draft.failureCallback.url)],
    ["flowControl", flowControl(draft)],
    ["deduplicationId", orNone(draft.deduplicationId)],
    ["contentBasedDeduplication", draft.contentBasedDeduplication || undefined],
    ["redact", redact(draft)],
  ];
  const where = schedule ? "destination" : destinationName(draft, "url", "urlGroup");
  return [
    [where, script(draft.destination)],
    ...body(draft),
    ...named.flatMap(([name, value]): Pair[] => (value === undefined ? [] : [[name, script(value)]])),
  ];
}

/** The SDK has no fields for them, and lets headers of the API through. */
function callbackHeaders({ callback, failureCallback }: Draft): Pair[] {
  const of = (name: string, draft: CallbackDraft): Pair[] =>
    draft.url ? callbackOptions(draft).map(([option, value]): Pair => [`${name}-${option}`, value]) : [];
  return [...of("Upstash-Callback", callback), ...of("Upstash-Failure-Callback", failureCallback)];
}

function body(draft: Draft): Pair[] {
  if (draft.bodyBase64) return [["body", `Buffer.from(${script(draft.bodyBase64)}, "base64")`]];
  return draft.body ? [["body", script(draft.body)]] : [];
}
