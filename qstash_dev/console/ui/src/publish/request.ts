/** The HTTP request of a draft: its path, headers and batch item. Options with their default value are left out. */

import type { CallbackDraft, Draft, HeaderPair } from "./draft";

const SOME_SERVER = "http://server/";

/** The headers of `POST /v2/publish/...`. */
export function publishHeaders(draft: Draft): HeaderPair[] {
  const { flowControl: flow, schedule } = draft;
  const options: [string, string | false][] = [
    ["Upstash-Cron", schedule ? cronHeader(schedule) : ""],
    ["Upstash-Schedule-Id", schedule?.id ?? ""],
    ["Upstash-Queue-Name", schedule || isDelayed(draft) ? draft.queue : ""],
    ["Upstash-Method", draft.method !== "POST" && draft.method],
    ["Upstash-Retries", draft.retries],
    ["Upstash-Retry-Delay", draft.retryDelay],
    ["Upstash-Delay", draft.delay],
    ["Upstash-Not-Before", draft.notBefore],
    ["Upstash-Timeout", draft.timeout],
    ["Upstash-Label", nonEmpty(draft.labels).join(",")],
    ...callbackHeaders("Upstash-Callback", draft.callback),
    ...callbackHeaders("Upstash-Failure-Callback", draft.failureCallback),
    ["Upstash-Flow-Control-Key", flow.key],
    ["Upstash-Flow-Control-Value", flowControlValue(flow)],
    ["Upstash-Deduplication-Id", draft.deduplicationId],
    ["Upstash-Content-Based-Deduplication", draft.contentBasedDeduplication && "true"],
    ["Upstash-Redact-Fields", redactFields(draft.redact)],
  ];
  const forwarded = draft.headers.map(([name, value]): HeaderPair => [publishName(name), value]);
  return [...forwarded, ...options.flatMap(([name, value]): HeaderPair[] => (value ? [[name, value]] : []))];
}

/** The path to send them to, relative to the address of the server. */
export function publishPath(draft: Draft): string {
  const { destination } = draft;
  // Readable if possible; a destination that a URL cannot hold is encoded as a whole.
  const plain = /^[\x21-\x7e]+$/.test(destination) && !destination.includes("#");
  return `${endpointPath(draft)}/${plain ? destination : encodeURIComponent(destination)}`;
}

/** The same path for `fetch`, which normalises a URL inside a path: what it would change is encoded as a whole. */
export function encodedPublishPath(draft: Draft): string {
  const path = publishPath(draft);
  const kept = new URL(path, SOME_SERVER).href === SOME_SERVER + path;
  return kept ? path : `${endpointPath(draft)}/${encodeURIComponent(draft.destination)}`;
}

/** One entry of `POST /v2/batch`. */
export interface BatchItem {
  destination: string;
  headers: Record<string, string>;
  body?: string;
  queue?: string;
}

export function batchItem(draft: Draft): BatchItem {
  return {
    destination: draft.destination,
    headers: joinHeaders(publishHeaders(draft)),
    ...(draft.body && { body: draft.body }),
    ...(draft.queue && { queue: draft.queue }),
  };
}

/** Headers with one value for each name: repeated headers are joined with commas. */
export function joinHeaders(headers: HeaderPair[]): Record<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of headers) {
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(fields);
}

/** The options of a callback as in `Upstash-Callback-<name>`, without that prefix, forwarded headers included. */
export function callbackOptions(callback: CallbackDraft): HeaderPair[] {
  const options: HeaderPair[] = [
    ["Method", callback.method === "POST" ? "" : callback.method],
    ["Retries", callback.retries],
    ["Retry-Delay", callback.retryDelay],
    ["Delay", callback.delay],
    ["Timeout", callback.timeout],
  ];
  const forwarded = callback.headers.map(([name, value]): HeaderPair => [`Forward-${name}`, value]);
  return [...forwarded, ...options.filter(([, value]) => value !== "")];
}

export function cronHeader({ cron, zone }: { cron: string; zone: string }): string {
  return zone ? `CRON_TZ=${zone} ${cron}` : cron;
}

export function flowControlValue({ parallelism, rate, period }: Omit<Draft["flowControl"], "key">): string {
  const parts = Object.entries({ parallelism, rate, period }).filter(([, value]) => value !== "");
  return parts.map(([name, value]) => `${name}=${value}`).join(",");
}

export function isUrl(destination: string): boolean {
  return /^https?:\/\//i.test(destination);
}

/** The entries of a list without blank ones. */
export function nonEmpty(entries: string[]): string[] {
  return entries.map((entry) => entry.trim()).filter(Boolean);
}

export function isContentType([name]: HeaderPair): boolean {
  return name.toLowerCase() === "content-type";
}

/** Enqueue takes no delay; a publish that names the queue does, and so does a batch. */
export const isDelayed = ({ delay, notBefore }: Draft): boolean => delay !== "" || notBefore !== "";

function endpointPath(draft: Draft): string {
  const { queue, schedule } = draft;
  if (schedule) return "v2/schedules";
  return queue && !isDelayed(draft) ? `v2/enqueue/${encodeURIComponent(queue)}` : "v2/publish";
}

function publishName(name: string): string {
  return name.toLowerCase() === "content-type" ? name : `Upstash-Forward-${name}`;
}

function callbackHeaders(name: string, callback: CallbackDraft): HeaderPair[] {
  if (!callback.url) return [];
  return [[name, callback.url], ...callbackOptions(callback).map(([option, value]): HeaderPair => [`${name}-${option}`, value])];
}

function redactFields({ body, header, names }: Draft["redact"]): string {
  return [...(body ? ["body"] : []), ...(header ? ["header"] : []), ...nonEmpty(names).map((name) => `header[${name}]`)].join(",");
}
