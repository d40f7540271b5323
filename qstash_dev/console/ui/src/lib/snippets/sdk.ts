import { DEFAULT_RETRIES, durationText, isUrl, type Draft, type Pair } from "../draft";
import { python, script, type Literal } from "./literal";

/** A program with the official Python SDK. */
export function pythonSdk(draft: Draft, url: string): string {
  return [
    "import os",
    ...(draft.bodyBase64 ? ["from base64 import b64decode"] : []),
    "",
    "from qstash import QStash",
    "",
    `client = QStash(os.environ["QSTASH_TOKEN"], base_url=os.environ.get("QSTASH_URL", ${python(url)}))`,
    `print(${pythonCall(draft, "client")})`,
    "",
  ].join("\n");
}

/** The call itself; `target` is the expression for its URL, if that is another than the draft's. */
export function pythonCall(draft: Draft, client: string, target?: string, indent = ""): string {
  const verb = draft.queue ? "enqueue" : "publish";
  const lines = pythonArguments(draft, target).map(([name, value]) => `${indent}    ${name}=${value},\n`);
  return `${client}.message.${verb}(\n${lines.join("")}${indent})`;
}

/** A program with the official JavaScript SDK, also valid as TypeScript. */
export function typeScriptSdk(draft: Draft, url: string): string {
  const { queue } = draft;
  const call = queue ? `client.queue({ queueName: ${script(queue)} }).enqueue` : "client.publish";
  const lines = scriptFields(draft).map(([name, value]) => `  ${name}: ${value},\n`);
  return [
    'import { Client } from "@upstash/qstash";',
    "",
    `const client = new Client({ baseUrl: process.env.QSTASH_URL ?? ${script(url)}, token: process.env.QSTASH_TOKEN! });`,
    `console.log(await ${call}({\n${lines.join("")}}));`,
    "",
  ].join("\n");
}

function pythonArguments(draft: Draft, target?: string): Pair[] {
  const { contentType, others } = splitHeaders(draft.headers);
  const named: [string, Literal | undefined][] = [
    ["method", draft.method === "POST" ? undefined : draft.method],
    ["content_type", contentType],
    ["headers", record(others)],
    ["retries", retries(draft)],
    ["retry_delay", draft.retryDelay || undefined],
    // Queues have an order of their own: the SDKs take no delay for them.
    ["delay", draft.queue ? undefined : durationOf(draft.delayMs)],
    ["timeout", durationOf(draft.timeoutMs)],
    ["label", draft.labels.join(",") || undefined],
    ["callback", draft.callback || undefined],
    ["callback_headers", record(draft.callbackHeaders)],
    ["failure_callback", draft.failureCallback || undefined],
    ["failure_callback_headers", record(draft.failureCallbackHeaders)],
    ["flow_control", draft.queue || !draft.flowControl ? undefined : { ...draft.flowControl }],
    ["deduplication_id", draft.deduplicationId || undefined],
    ["content_based_deduplication", draft.contentBasedDeduplication || undefined],
    ["redact", redact(draft.redact)],
  ];
  const where = isUrl(draft.destination) || target ? "url" : "url_group";
  return [
    ...(draft.queue ? [["queue", python(draft.queue)] satisfies Pair] : []),
    [where, target ?? python(draft.destination)],
    ...pythonBody(draft),
    ...named.flatMap(([name, value]): Pair[] => (value === undefined ? [] : [[name, python(value)]])),
  ];
}

function pythonBody(draft: Draft): Pair[] {
  if (draft.bodyBase64) return [["body", `b64decode(${python(draft.bodyBase64)})`]];
  return draft.body ? [["body", python(draft.body)]] : [];
}

function scriptFields(draft: Draft): Pair[] {
  const named: [string, Literal | undefined][] = [
    ["method", draft.method === "POST" ? undefined : draft.method],
    ["headers", record(draft.headers)],
    ["retries", retries(draft)],
    ["retryDelay", draft.retryDelay || undefined],
    ["delay", draft.queue ? undefined : durationOf(draft.delayMs)],
    ["timeout", durationOf(draft.timeoutMs)],
    ["label", draft.labels.length > 1 ? draft.labels : draft.labels[0]],
    ["callback", draft.callback || undefined],
    ["failureCallback", draft.failureCallback || undefined],
    ["flowControl", draft.flowControl ? { ...draft.flowControl } : undefined],
    ["deduplicationId", draft.deduplicationId || undefined],
    ["contentBasedDeduplication", draft.contentBasedDeduplication || undefined],
    ["redact", redact(draft.redact)],
  ];
  return [
    [isUrl(draft.destination) ? "url" : "urlGroup", script(draft.destination)],
    ...scriptBody(draft),
    ...named.flatMap(([name, value]): Pair[] => (value === undefined ? [] : [[name, script(value)]])),
  ];
}

function scriptBody(draft: Draft): Pair[] {
  if (draft.bodyBase64) return [["body", `Buffer.from(${script(draft.bodyBase64)}, "base64")`]];
  return draft.body ? [["body", script(draft.body)]] : [];
}

function splitHeaders(headers: Pair[]): { contentType: string | undefined; others: Pair[] } {
  const isType = ([name]: Pair): boolean => name.toLowerCase() === "content-type";
  return { contentType: headers.find(isType)?.[1], others: headers.filter((pair) => !isType(pair)) };
}

/** The SDKs take one value for each header. */
function record(headers: Pair[]): Record<string, string> | undefined {
  const fields: Record<string, string> = {};
  for (const [name, value] of headers) fields[name] = name in fields ? `${fields[name] ?? ""}, ${value}` : value;
  return headers.length > 0 ? fields : undefined;
}

function retries(draft: Draft): number | undefined {
  return draft.retries === DEFAULT_RETRIES ? undefined : draft.retries;
}

function durationOf(ms: number): string | undefined {
  return ms > 0 ? durationText(ms) : undefined;
}

function redact(fields: string[]): Literal | undefined {
  if (fields.length === 0) return undefined;
  const names = fields.flatMap((field) => /^header\[(.+)\]$/.exec(field)?.[1] ?? []);
  const header: Literal | undefined = fields.includes("header") ? true : names.length > 0 ? names : undefined;
  return {
    ...(fields.includes("body") && { body: true }),
    ...(header !== undefined && { header }),
  };
}
