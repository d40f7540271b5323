/** Sending drafts, and the names that they may mention. */

import { batchItem, encodedPath, joinedPairs, publishHeaders } from "../lib/publication";
import type { Draft } from "../lib/draft";
import { byteString, decodedBase64 } from "../lib/bytes";
import { exchange, request, type Exchange } from "./http";

/** One draft as a publish, an enqueue or a schedule; several as a batch. Whatever is answered is returned. */
export function sendDrafts(drafts: Draft[], token: string): Promise<Exchange> {
  const [draft] = drafts;
  if (!draft || drafts.length > 1) return exchange("POST", "v2/batch", { json: drafts.map(batchItem), token });
  return exchange("POST", encodedPath(draft), {
    headers: sentHeaders(draft),
    // Bytes, for the browser would tell a content type of a text.
    body: draft.bodyBase64 ? decodedBase64(draft.bodyBase64) : new TextEncoder().encode(draft.body),
    token,
  });
}

function sentHeaders(draft: Draft): Record<string, string> {
  const headers = Object.entries(joinedPairs(publishHeaders(draft)));
  return Object.fromEntries(headers.map(([name, value]) => [name, byteString(value)]));
}

interface UrlGroup {
  name: string;
}

interface Queue {
  name: string;
}

interface FlowControl {
  flowControlKey: string;
}

export interface KnownNames {
  groups: string[];
  queues: string[];
  flowControlKeys: string[];
}

export async function getKnownNames(token: string): Promise<KnownNames> {
  const [groups, queues, keys] = await Promise.all([
    request<UrlGroup[]>("GET", "v2/topics", { token }),
    request<Queue[]>("GET", "v2/queues", { token }),
    request<FlowControl[]>("GET", "v2/flowControl", { token }),
  ]);
  return {
    groups: groups.map(({ name }) => name),
    queues: queues.map(({ name }) => name),
    flowControlKeys: keys.map(({ flowControlKey }) => flowControlKey),
  };
}
