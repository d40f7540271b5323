/** Messages: their list, one with its delivery attempts and events, and the calls that deliver, cancel and replay it. */

import { request } from "./http";
import type { Body, Headers, ReceivedResponse, Warning } from "./types";

export interface MessageQuery {
  user: string;
  search?: string;
  state?: MessageState[];
  topicName?: string;
  queueName?: string;
  scheduleId?: string;
  label?: string;
  flowControlKey?: string;
  /** `now` for messages that wait for a queue, a flow control key or a connection, `later` for those that wait for their time. */
  due?: string;
  cursor?: string;
  count?: number;
}

export const listMessages = (query: MessageQuery, signal?: AbortSignal): Promise<MessagePage> =>
  request("GET", "_dev/messages", { query: { ...query }, ...(signal && { signal }) });

/** `trimBody` is the largest number of bytes of each body, 64 KiB by default. */
export const getMessage = (id: string, trimBody?: number, signal?: AbortSignal): Promise<MessageDetail> =>
  request("GET", `_dev/messages/${encodeURIComponent(id)}`, { query: { trimBody }, ...(signal && { signal }) });

export const deliverMessage = (id: string): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/deliver`);

export const cancelMessage = (id: string): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/cancel`);

/** The answer holds the id of the new message. */
export const replayMessage = (id: string): Promise<{ messageId: string }> =>
  request("POST", `_dev/messages/${encodeURIComponent(id)}/replay`);

export const MESSAGE_STATES = [
  "CREATED",
  "ACTIVE",
  "RETRY",
  "ERROR",
  "DELIVERED",
  "FAILED",
  "CANCEL_REQUESTED",
  "CANCELED",
] as const;

export type MessageState = (typeof MESSAGE_STATES)[number];

export interface MessageSummary {
  messageId: string;
  state: MessageState;
  method: string;
  url: string;
  createdAt: number;
  retried: number;
  maxRetries: number;
  size: number;
  inFlight?: true;
  due?: number;
  topicName?: string;
  endpointName?: string;
  queueName?: string;
  scheduleId?: string;
  flowControlKey?: string;
  labels?: string[];
  workflowRunId?: string;
  duration?: number;
  responseStatus?: number;
  error?: string;
  warnings?: Warning[];
}

export interface MessagePage {
  messages: MessageSummary[];
  total: number;
  lookedAt: number;
  seq: number;
  cursor?: string;
}

export interface SignatureCheck {
  name: string;
  value: string;
  ok: boolean;
  text: string;
}

export interface Signature {
  token: string;
  valid: boolean;
  checks: SignatureCheck[];
}

export interface SentRequest extends Body {
  method: string;
  url: string;
  sentTo: string;
  headers: Headers;
}

export interface DeliveryAttempt {
  number: number;
  time: number;
  duration: number;
  succeeded: boolean;
  request: SentRequest;
  signature: Signature | null;
  response?: ReceivedResponse;
  error?: string;
  hint?: string;
  fault?: string;
}

export interface MessageEvent {
  seq: number;
  time: number;
  state: MessageState;
  retried: number;
  nextDelivery?: number;
  responseStatus?: number;
  duration?: number;
  error?: string;
  warning?: Warning;
}

export type MessageRelation = "callback" | "failureCallback" | "replay" | "dlqRetry" | "callResult";

export interface RelatedMessage {
  relation: MessageRelation;
  messageId: string;
  state?: MessageState;
  url?: string;
}

/** The part of `GET /v2/messages/{id}` that the console reads. */
export interface Message extends Body {
  messageId: string;
  url: string;
  method: string;
  maxRetries: number;
  notBefore: number;
  createdAt: number;
  header?: Headers;
  timeout?: number;
  retryDelayExpression?: string;
  labels?: string[];
  topicName?: string;
  endpointName?: string;
  queueName?: string;
  scheduleId?: string;
  callerIP?: string;
  flowControlKey?: string;
  parallelism?: number;
  rate?: number;
  period?: number;
  callback?: string;
  callbackHeader?: Headers;
  failureCallback?: string;
  failureCallbackHeader?: Headers;
}

/** The options with which a callback is delivered. Durations are milliseconds. */
export interface CallbackOptions {
  method: string;
  retries: number;
  retryDelay?: string;
  delay?: number;
  timeout?: number;
}

export interface MessageDetail {
  user: string;
  now: number;
  seq: number;
  summary: MessageSummary;
  message: Message;
  options: {
    destination: string;
    delay?: number;
    notBefore?: number;
    callback?: CallbackOptions;
    failureCallback?: CallbackOptions;
    deduplicationId?: string;
    contentBasedDeduplication?: boolean;
    redact?: string[];
  };
  waitsFor?: string;
  attempts: DeliveryAttempt[];
  timeline: MessageEvent[];
  parent: RelatedMessage | null;
  children: RelatedMessage[];
}
