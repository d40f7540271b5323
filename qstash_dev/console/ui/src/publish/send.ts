/** Sending drafts, and the names that they may mention. */

import { exchange, type Exchange } from "../api/http";
import { byteString, decodedBase64 } from "../lib/bytes";
import type { Draft } from "./draft";
import { batchItem, encodedPath, joinedPairs, publishHeaders } from "./request";

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
