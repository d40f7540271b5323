/** What the server answers, as its OpenAPI document describes it. Times are unix milliseconds. */

export const STATES = [
  "CREATED",
  "ACTIVE",
  "RETRY",
  "ERROR",
  "DELIVERED",
  "FAILED",
  "CANCEL_REQUESTED",
  "CANCELED",
] as const;
export type State = (typeof STATES)[number];

export type Headers = Record<string, string[]>;

export interface MessageSummary {
  messageId: string;
  state: State;
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

export interface Body {
  body: string;
  bodyBase64?: string;
  bodySize: number;
  truncated?: true;
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

export interface ReceivedResponse extends Body {
  status: number;
  headers: Headers;
}

export interface Attempt {
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

/** What hosted QStash may not take, or may take otherwise. */
export interface Warning {
  code: string;
  text: string;
}

export interface TimelineEvent {
  seq: number;
  time: number;
  state: State;
  retried: number;
  nextDelivery?: number;
  responseStatus?: number;
  duration?: number;
  error?: string;
  warning?: Warning;
}

export type Relation = "callback" | "failureCallback" | "replay" | "dlqRetry" | "callResult";

export interface Kin {
  relation: Relation;
  messageId: string;
  state?: State;
  url?: string;
}

/** `GET /v2/messages/{id}`, as far as the console reads it. */
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

/** How a callback is itself delivered. Durations are milliseconds. */
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
  attempts: Attempt[];
  timeline: TimelineEvent[];
  parent: Kin | null;
  children: Kin[];
}

export interface Clock {
  now: number;
  time: string;
  paused: boolean;
  scale: number;
  offset: number;
}

export interface UserStatus {
  name: string;
  inFlight: number;
  due: number;
  later: number;
  failed: number;
  messages: number;
}

export interface Status {
  clock: Clock;
  users: UserStatus[];
}

export interface UserSetup {
  name: string;
  token: string;
  readOnlyToken: string;
  env: Record<string, string>;
}

export interface Setup {
  version: string;
  url: string;
  openapi: string;
  users: UserSetup[];
  quota: Record<string, string | number | null>;
  limits: Record<string, number | boolean>;
  mappings: { pattern: string; target: string }[];
  modes: {
    host: string | null;
    logPort: number | null;
    allowHosts: string[];
    allowOrigins: string[];
    gate: boolean;
    ownCertificates: boolean;
    lazyFetchBytes: number | null;
  };
}

/** One frame of the feed: messages that changed, the latest first. */
export interface Change {
  seq: number;
  messages?: MessageSummary[];
  more?: number;
  status?: Status;
}
