/** Inboxes: destinations inside the server that keep what they are sent. */

import { ApiError, request } from "./http";
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

export interface InboxRequest extends Body {
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
  requests: InboxRequest[];
}

/** An answer as the server shows it. */
export interface InboxAnswer {
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

export interface InboxQuery {
  after?: number;
  before?: number;
  last?: number;
  trimBody: number;
}

const path = (name: string): string => `_dev/inboxes/${encodeURIComponent(name)}`;

export const listInboxes = (signal?: AbortSignal): Promise<InboxSummary[]> =>
  request("GET", "_dev/inboxes", { ...(signal && { signal }) });

/** Null if nothing was ever sent to it, and nobody has told it what to answer. */
export const getInbox = (name: string, query: InboxQuery, signal?: AbortSignal): Promise<Inbox | null> =>
  ifThere(name, signal, () => request("GET", path(name), { query: { ...query }, ...(signal && { signal }) }));

/** The script goes on. */
export const clearRequests = (name: string): Promise<InboxSummary> => request("DELETE", `${path(name)}/requests`);

/** Null as for the inbox. */
export const getScript = (name: string, signal?: AbortSignal): Promise<{ script: InboxAnswer[] } | null> =>
  ifThere(name, signal, () => request("GET", `${path(name)}/script`, { ...(signal && { signal }) }));

export const setScript = (name: string, script: unknown): Promise<InboxSummary> =>
  request("PUT", `${path(name)}/script`, { json: { script } });

/** Names last as long as the server does. */
const known = new Set<string>();

/** Asks for an inbox only if it is there: the browser complains of every answer that is an error. */
async function ifThere<T>(name: string, signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T | null> {
  if (!known.has(name)) {
    for (const inbox of await listInboxes(signal)) known.add(inbox.name);
    if (!known.has(name)) return null;
  }
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    known.delete(name);
    return null;
  }
}
