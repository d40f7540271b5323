/** Inboxes: destinations inside the server that record requests and answer by a script. */

import { ApiError, request } from "./http";
import type { Inbox, InboxAnswer, InboxSummary } from "./types";

export type { InboxAnswer };

export interface InboxQuery {
  after?: number;
  before?: number;
  last?: number;
  trimBody: number;
}

const path = (name: string): string => `_dev/inboxes/${encodeURIComponent(name)}`;

export const listInboxes = (signal?: AbortSignal): Promise<InboxSummary[]> =>
  request("GET", "_dev/inboxes", { ...(signal && { signal }) });

/** Null for an inbox that has neither received a request nor been given a script. */
export const getInbox = (name: string, query: InboxQuery, signal?: AbortSignal): Promise<Inbox | null> =>
  ifThere(name, signal, () => request("GET", path(name), { query: { ...query }, ...(signal && { signal }) }));

/** Removes the requests; the script stays. */
export const clearRequests = (name: string): Promise<InboxSummary> => request("DELETE", `${path(name)}/requests`);

/** Null for an inbox that does not exist yet, as in `getInbox`. */
export const getScript = (name: string, signal?: AbortSignal): Promise<{ script: InboxAnswer[] } | null> =>
  ifThere(name, signal, () => request("GET", `${path(name)}/script`, { ...(signal && { signal }) }));

export const setScript = (name: string, script: unknown): Promise<InboxSummary> =>
  request("PUT", `${path(name)}/script`, { json: { script } });

/** Inboxes known to exist; they last as long as the server runs. */
const known = new Set<string>();

/** Requests an inbox only if it exists: browsers log every HTTP error to their console. */
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
