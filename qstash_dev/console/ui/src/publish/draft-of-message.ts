/** Drafts made from messages, for the builder and for code. */

import { getMessage } from "../api/messages";
import type { CallbackOptions, Headers, MessageDetail } from "../api/types";
import { qstashDuration } from "../lib/format";
import { href } from "../router";
import { type CallbackDraft, DEFAULT_RETRIES, type Draft, emptyDraft, type HeaderPair } from "./draft";

/** Larger bodies are not loaded into the builder: replay the message instead. */
export const MAX_EDITED_BYTES = 1024 * 1024;

/** The publish request of a message, for the one URL that the message was sent to. */
export function draftOf({ message, options, now }: MessageDetail): Draft {
  const { notBefore = 0, redact = [] } = options;
  return {
    ...emptyDraft(),
    destination: message.url,
    queue: message.queueName ?? "",
    method: message.method,
    body: message.body,
    bodyBase64: message.bodyBase64 ?? "",
    headers: headerPairs(message.header),
    retries: retriesText(message.maxRetries, DEFAULT_RETRIES),
    retryDelay: message.retryDelayExpression ?? "",
    delay: durationOrNone(options.delay),
    // A time in the past has no effect.
    notBefore: notBefore > now ? String(notBefore / 1000) : "",
    timeout: durationOrNone(message.timeout),
    labels: message.labels ?? [],
    callback: callback(message.callback, message.callbackHeader, message.maxRetries, options.callback),
    failureCallback: callback(
      message.failureCallback,
      message.failureCallbackHeader,
      message.maxRetries,
      options.failureCallback
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

export async function loadMessage(messageId: string): Promise<MessageDetail> {
  return getMessage(messageId, MAX_EDITED_BYTES);
}

/** A callback inherits the number of retries of its message. */
function callback(url = "", headers: Headers = {}, retries: number, options?: CallbackOptions): CallbackDraft {
  const own = options ?? { method: "POST", retries };
  return {
    url,
    method: own.method === "POST" ? "" : own.method,
    retries: retriesText(own.retries, retries),
    retryDelay: own.retryDelay ?? "",
    delay: durationOrNone(own.delay),
    timeout: durationOrNone(own.timeout),
    headers: headerPairs(headers),
  };
}

function headerPairs(headers: Headers = {}): HeaderPair[] {
  return Object.entries(headers).flatMap(([name, values]) => values.map((value): HeaderPair => [name, value]));
}

function retriesText(retries: number, usual: number): string {
  return retries === usual ? "" : String(retries);
}

function durationOrNone(ms = 0): string {
  return ms > 0 ? qstashDuration(ms) : "";
}

function flowControl({ flowControlKey, parallelism, rate, period }: MessageDetail["message"]): Draft["flowControl"] {
  return {
    key: flowControlKey ?? "",
    parallelism: String(parallelism ?? ""),
    rate: String(rate ?? ""),
    // The server sends a period also without a rate, where it has no meaning.
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
    ...(truncated ? ["The body is too large to be shown in full. Replay sends all of it."] : []),
    ...(redact.length > 0 ? ["Redacted values are not shown. Replay sends the original ones."] : []),
  ];
}
