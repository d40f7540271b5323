/**
 * A publish that is yet to be sent: the contract between whoever has a message and whoever publishes it again.
 *
 * The builder's page opens with `#/builder?from=<message id>` and calls `loadDraft` with that id.
 */

import { getMessage } from "../api/client";
import type { Headers, MessageDetail } from "../api/types";
import { href } from "../router";

/** A larger body is not good to edit in a page: replay the message instead. */
export const MAX_EDITED_BYTES = 1024 * 1024;

export type Pair = [name: string, value: string];

export interface Draft {
  /** A URL, or the name of a URL group. */
  destination: string;
  /** Empty to publish, else the queue to enqueue into. */
  queue: string;
  method: string;
  body: string;
  /** Instead of `body`, for bytes that are no text. */
  bodyBase64: string;
  /** What the destination receives. */
  headers: Pair[];
  /** Attempts after the first. */
  retries: number;
  retryDelay: string;
  delayMs: number;
  timeoutMs: number;
  labels: string[];
  callback: string;
  callbackHeaders: Pair[];
  failureCallback: string;
  failureCallbackHeaders: Pair[];
  flowControl: { key: string; parallelism?: number; rate?: number; period?: number } | null;
  deduplicationId: string;
  contentBasedDeduplication: boolean;
  /** As in `Upstash-Redact-Fields`. */
  redact: string[];
  /** What the draft could not take over from the message, in words. */
  warnings: string[];
}

export const DEFAULT_RETRIES = 3;

export function emptyDraft(): Draft {
  return {
    destination: "",
    queue: "",
    method: "POST",
    body: "",
    bodyBase64: "",
    headers: [],
    retries: DEFAULT_RETRIES,
    retryDelay: "",
    delayMs: 0,
    timeoutMs: 0,
    labels: [],
    callback: "",
    callbackHeaders: [],
    failureCallback: "",
    failureCallbackHeaders: [],
    flowControl: null,
    deduplicationId: "",
    contentBasedDeduplication: false,
    redact: [],
    warnings: [],
  };
}

/** What was published, to the one URL that this message was for. */
export function draftOf({ message, options }: MessageDetail): Draft {
  return {
    ...emptyDraft(),
    destination: message.url,
    queue: message.queueName ?? "",
    method: message.method,
    body: message.body,
    bodyBase64: message.bodyBase64 ?? "",
    headers: pairs(message.header),
    retries: message.maxRetries,
    retryDelay: message.retryDelayExpression ?? "",
    delayMs: options.delay ?? 0,
    timeoutMs: message.timeout ?? 0,
    labels: message.labels ?? [],
    callback: message.callback ?? "",
    callbackHeaders: pairs(message.callbackHeader),
    failureCallback: message.failureCallback ?? "",
    failureCallbackHeaders: pairs(message.failureCallbackHeader),
    flowControl: flowControl(message),
    deduplicationId: options.deduplicationId ?? "",
    contentBasedDeduplication: options.contentBasedDeduplication ?? false,
    redact: options.redact ?? [],
    warnings: warnings(message.truncated ?? false, options.redact ?? []),
  };
}

export function builderLink(messageId: string): string {
  return href("builder", [], { from: messageId });
}

export async function loadDraft(messageId: string): Promise<Draft> {
  return draftOf(await getMessage(messageId, MAX_EDITED_BYTES));
}

/** The headers of `POST /v2/publish/...` that say all this; defaults are left out. */
export function publishHeaders(draft: Draft): Pair[] {
  const flow = draft.flowControl;
  const options: [string, string | number | false | undefined][] = [
    ["Upstash-Method", draft.method !== "POST" && draft.method],
    ["Upstash-Retries", draft.retries !== DEFAULT_RETRIES && String(draft.retries)],
    ["Upstash-Retry-Delay", draft.retryDelay],
    ["Upstash-Delay", draft.delayMs > 0 && durationText(draft.delayMs)],
    ["Upstash-Timeout", draft.timeoutMs > 0 && durationText(draft.timeoutMs)],
    ["Upstash-Label", draft.labels.join(",")],
    ["Upstash-Callback", draft.callback],
    ...prefixed("Upstash-Callback-Forward-", draft.callbackHeaders),
    ["Upstash-Failure-Callback", draft.failureCallback],
    ...prefixed("Upstash-Failure-Callback-Forward-", draft.failureCallbackHeaders),
    ["Upstash-Flow-Control-Key", flow?.key],
    ["Upstash-Flow-Control-Value", flow ? flowControlText(flow) : ""],
    ["Upstash-Deduplication-Id", draft.deduplicationId],
    ["Upstash-Content-Based-Deduplication", draft.contentBasedDeduplication && "true"],
    ["Upstash-Redact-Fields", draft.redact.join(",")],
  ];
  const forwarded = draft.headers.map(([name, value]): Pair => [publishName(name), value]);
  return [...forwarded, ...options.flatMap(([name, value]): Pair[] => (value ? [[name, String(value)]] : []))];
}

/** Where to send them, relative to the server's address. */
export function publishPath(draft: Draft): string {
  const verb = draft.queue ? `enqueue/${encodeURIComponent(draft.queue)}` : "publish";
  const { destination } = draft;
  // Raw is what people recognise; what a URL cannot hold or would cut off is encoded as a whole.
  const plain = /^[\x21-\x7e]+$/.test(destination) && !destination.includes("#");
  return `v2/${verb}/${plain ? destination : encodeURIComponent(destination)}`;
}

/** As QStash writes durations, exactly. */
export function durationText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

export function flowControlText(flow: NonNullable<Draft["flowControl"]>): string {
  const parts = [
    ["parallelism", flow.parallelism],
    ["rate", flow.rate],
    ["period", flow.rate === undefined ? undefined : flow.period && `${flow.period}s`],
  ];
  return parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name ?? ""}=${value}`])).join(",");
}

export function isUrl(destination: string): boolean {
  return /^https?:\/\//i.test(destination);
}

function publishName(name: string): string {
  return name.toLowerCase() === "content-type" ? name : `Upstash-Forward-${name}`;
}

function prefixed(prefix: string, headers: Pair[]): Pair[] {
  return headers.map(([name, value]) => [prefix + name, value]);
}

function pairs(headers: Headers = {}): Pair[] {
  return Object.entries(headers).flatMap(([name, values]) => values.map((value): Pair => [name, value]));
}

function flowControl(message: MessageDetail["message"]): Draft["flowControl"] {
  const { flowControlKey, parallelism, rate, period } = message;
  if (!flowControlKey) return null;
  return {
    key: flowControlKey,
    ...(parallelism !== undefined && { parallelism }),
    ...(rate !== undefined && { rate }),
    ...(period !== undefined && { period }),
  };
}

function warnings(truncated: boolean, redact: string[]): string[] {
  return [
    ...(truncated ? ["The body is too large to be shown whole. Replay sends all of it."] : []),
    ...(redact.length > 0 ? ["Redacted values are not shown. Replay sends the original ones."] : []),
  ];
}
