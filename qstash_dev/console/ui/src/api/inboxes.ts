/** Inboxes: destinations inside the server that keep what they are sent. */

import { request } from "./http";
import type { Body, Headers } from "./types";

export interface InboxSummary {
  name: string;
  received: number;
  /** Requests that gave way to later ones. */
  forgotten: number;
  /** Answers that are left in its script. */
  script: number;
  /** When the latest request came. */
  latest?: number;
}

export interface Captured extends Body {
  number: number;
  at: number;
  method: string;
  /** Path and query below the inbox. */
  target: string;
  headers: Headers;
  /** Null if the signature is valid. */
  signatureError: string | null;
  claims: Record<string, unknown>;
}

export interface Inbox extends InboxSummary {
  /** Number of the oldest request that is kept, or of the next one. */
  first: number;
  requests: Captured[];
}

/** An answer as the server shows it. */
export interface ShownAnswer {
  status?: number;
  body?: string;
  bodyBase64?: string;
  headers?: Record<string, string>;
  /** Seconds. */
  delay?: number;
  drop?: boolean;
  /** The name of a function in a test, which makes the answer. */
  function?: string;
}

export interface CaptureQuery {
  after?: number;
  before?: number;
  last?: number;
  trimBody: number;
}

const path = (name: string): string => `_dev/inboxes/${encodeURIComponent(name)}`;

export const listInboxes = (signal?: AbortSignal): Promise<InboxSummary[]> =>
  request("GET", "_dev/inboxes", { ...(signal && { signal }) });

export const getInbox = (name: string, query: CaptureQuery, signal?: AbortSignal): Promise<Inbox> =>
  request("GET", path(name), { query: { ...query }, ...(signal && { signal }) });

/** The script goes on. */
export const forgetRequests = (name: string): Promise<InboxSummary> => request("DELETE", `${path(name)}/requests`);

export const getScript = (name: string, signal?: AbortSignal): Promise<{ script: ShownAnswer[] }> =>
  request("GET", `${path(name)}/script`, { ...(signal && { signal }) });

export const setScript = (name: string, script: unknown): Promise<InboxSummary> =>
  request("PUT", `${path(name)}/script`, { json: { script } });
