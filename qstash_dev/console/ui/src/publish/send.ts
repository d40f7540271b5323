/** Sending of drafts to the server. */

import { fetchText, type TextResponse } from "../api/http";
import { byteString, decodedBase64 } from "../lib/bytes";
import type { Draft } from "./draft";
import { batchItem, encodedPublishPath, joinHeaders, publishHeaders } from "./request";

/** Sends one draft as a publish, an enqueue or a schedule, several as a batch. Returns the answer, also an error. */
export function sendDrafts(drafts: Draft[], token: string): Promise<TextResponse> {
  const [draft] = drafts;
  if (!draft || drafts.length > 1) return fetchText("POST", "v2/batch", { json: drafts.map(batchItem), token });
  return fetchText("POST", encodedPublishPath(draft), {
    headers: sentHeaders(draft),
    // As bytes, since the browser adds a content type to a text.
    body: draft.bodyBase64 ? decodedBase64(draft.bodyBase64) : new TextEncoder().encode(draft.body),
    token,
  });
}

function sentHeaders(draft: Draft): Record<string, string> {
  const headers = Object.entries(joinHeaders(publishHeaders(draft)));
  return Object.fromEntries(headers.map(([name, value]) => [name, byteString(value)]));
}
