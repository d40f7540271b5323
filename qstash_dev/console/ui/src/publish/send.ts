/** Sending drafts, and the names that they may mention. */

import { fetchText, type TextResponse } from "../api/http";
import { byteString, decodedBase64 } from "../lib/bytes";
import type { Draft } from "./draft";
import { batchItem, encodedPublishPath, joinHeaders, publishHeaders } from "./request";

/** One draft as a publish, an enqueue or a schedule; several as a batch. Whatever is answered is returned. */
export function sendDrafts(drafts: Draft[], token: string): Promise<TextResponse> {
  const [draft] = drafts;
  if (!draft || drafts.length > 1) return fetchText("POST", "v2/batch", { json: drafts.map(batchItem), token });
  return fetchText("POST", encodedPublishPath(draft), {
    headers: sentHeaders(draft),
    // Bytes, for the browser would tell a content type of a text.
    body: draft.bodyBase64 ? decodedBase64(draft.bodyBase64) : new TextEncoder().encode(draft.body),
    token,
  });
}

function sentHeaders(draft: Draft): Record<string, string> {
  const headers = Object.entries(joinHeaders(publishHeaders(draft)));
  return Object.fromEntries(headers.map(([name, value]) => [name, byteString(value)]));
}
