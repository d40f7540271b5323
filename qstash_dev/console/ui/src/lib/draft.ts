/**
 * A publish that is yet to be sent: the contract between whoever has a message and whoever publishes it again.
 *
 * Values are texts as people write them and as the headers of the API carry them; empty is the server's default.
 * The builder's page opens with `#/builder?from=<message id>` and calls `loadDraft` with that id.
 */

import { getMessage } from "../api/client";
import type { CallbackOptions, Headers, MessageDetail } from "../api/types";
import { href } from "../router";
import { durationText } from "./publication";

/** A larger body is not good to edit in a page: replay the message instead. */
export const MAX_EDITED_BYTES = 1024 * 1024;

export type Pair = [name: string, value: string];

export interface CallbackDraft {
  /** Empty for no callback. */
  url: string;
  method: string;
  retries: string;
  retryDelay: string;
  delay: string;
  timeout: string;
  /** What the receiver of the callback gets. */
  headers: Pair[];
}

export interface ScheduleDraft {
  cron: string;
  /** Such as `Europe/Berlin`; UTC if empty. */
  zone: string;
  /** The server makes one up if empty. */
  id: string;
}

export interface Draft {
  /** A URL, or the name of a URL group. */
  destination: string;
  /** Empty to publish, else the queue to enqueue into. */
  queue: string;
  /** A schedule instead of a message. */
  schedule: ScheduleDraft | null;
  method: string;
  body: string;
  /** Instead of `body`, for bytes that are no text. */
  bodyBase64: string;
  /** What the destination receives. */
  headers: Pair[];
  /** Attempts after the first. */
  retries: string;
  /** An expression in milliseconds. */
  retryDelay: string;
  delay: string;
  /** Unix seconds. */
  notBefore: string;
  timeout: string;
  labels: string[];
  callback: CallbackDraft;
  failureCallback: CallbackDraft;
  flowControl: { key: string; parallelism: string; rate: string; period: string };
  deduplicationId: string;
  contentBasedDeduplication: boolean;
  redact: { body: boolean; header: boolean; names: string[] };
  /** What the draft could not take over from the message, in words. */
  warnings: string[];
}

export const DEFAULT_RETRIES = 3;

export function emptyCallback(): CallbackDraft {
  return { url: "", method: "", retries: "", retryDelay: "", delay: "", timeout: "", headers: [] };
}

export function emptyDraft(): Draft {
  return {
    destination: "",
    queue: "",
    schedule: null,
    method: "POST",
    body: "",
    bodyBase64: "",
    headers: [],
    retries: "",
    retryDelay: "",
    delay: "",
    notBefore: "",
    timeout: "",
    labels: [],
    callback: emptyCallback(),
    failureCallback: emptyCallback(),
    flowControl: { key: "", parallelism: "", rate: "", period: "" },
    deduplicationId: "",
    contentBasedDeduplication: false,
    redact: { body: false, header: false, names: [] },
    warnings: [],
  };
}

/** What was published, to the one URL that this message was for. */
export function draftOf({ message, options, now }: MessageDetail): Draft {
  const { notBefore = 0, redact = [] } = options;
  return {
    ...emptyDraft(),
    destination: message.url,
    queue: message.queueName ?? "",
    method: message.method,
    body: message.body,
    bodyBase64: message.bodyBase64 ?? "",
    headers: pairs(message.header),
    retries: retriesText(message.maxRetries, DEFAULT_RETRIES),
    retryDelay: message.retryDelayExpression ?? "",
    delay: durationOrNone(options.delay),
    // A time that has come says nothing any more.
    notBefore: notBefore > now ? String(notBefore / 1000) : "",
    timeout: durationOrNone(message.timeout),
    labels: message.labels ?? [],
    callback: callback(message.callback, message.callbackHeader, message.maxRetries, options.callback),
    failureCallback: callback(
      message.failureCallback,
      message.failureCallbackHeader,
      message.maxRetries,
      options.failureCallback,
    ),
    flowControl: flowControl(message),
    deduplicationId: options.deduplicationId ?? "",
    contentBasedDeduplication: options.contentBasedDeduplication ?? false,
    redact: redaction(redact),
    warnings: warnings(message.truncated ?? false, redact),
  };
}

export function builderLink(messageId: string): string {
  return href("builder", [], { from: messageId });
}

export async function loadDetail(messageId: string): Promise<MessageDetail> {
  return getMessage(messageId, MAX_EDITED_BYTES);
}

/** The callback inherits the number of retries of its message. */
function callback(url = "", headers: Headers = {}, retries: number, options?: CallbackOptions): CallbackDraft {
  const own = options ?? { method: "POST", retries };
  return {
    url,
    method: own.method === "POST" ? "" : own.method,
    retries: retriesText(own.retries, retries),
    retryDelay: own.retryDelay ?? "",
    delay: durationOrNone(own.delay),
    timeout: durationOrNone(own.timeout),
    headers: pairs(headers),
  };
}

function pairs(headers: Headers = {}): Pair[] {
  return Object.entries(headers).flatMap(([name, values]) => values.map((value): Pair => [name, value]));
}

function retriesText(retries: number, usual: number): string {
  return retries === usual ? "" : String(retries);
}

function durationOrNone(ms = 0): string {
  return ms > 0 ? durationText(ms) : "";
}

function flowControl({ flowControlKey, parallelism, rate, period }: MessageDetail["message"]): Draft["flowControl"] {
  return {
    key: flowControlKey ?? "",
    parallelism: String(parallelism ?? ""),
    rate: String(rate ?? ""),
    // Without a rate it is told all the same, and says nothing.
    period: flowControlKey && rate !== undefined && period !== undefined ? `${period}s` : "",
  };
}

function redaction(fields: string[]): Draft["redact"] {
  return {
    body: fields.includes("body"),
    header: fields.includes("header"),
    names: fields.flatMap((field) => /^header\[(.+)\]$/.exec(field)?.[1] ?? []),
  };
}

function warnings(truncated: boolean, redact: string[]): string[] {
  return [
    ...(truncated ? ["The body is too large to be shown whole. Replay sends all of it."] : []),
    ...(redact.length > 0 ? ["Redacted values are not shown. Replay sends the original ones."] : []),
  ];
}
