/** The curl command that empty pages show; it can be run as it is. */

import { serverUrl } from "../api/http";
import { userSetup } from "../store/status";
import { type Draft, emptyDraft } from "./draft";
import { curl } from "./snippets/curl";

export const inboxUrl = (name: string): string => `${serverUrl()}/_dev/inbox/${encodeURIComponent(name)}`;

/** A command that publishes JSON to an inbox of this server; `options` override fields of the draft. */
export function publishCommand(inbox: string, options: Partial<Draft> = {}): string {
  const draft: Draft = {
    ...emptyDraft(),
    destination: inboxUrl(inbox),
    headers: [["Content-Type", "application/json"]],
    body: '{"hello":"world"}',
    ...options,
  };
  return curl(draft, serverUrl(), userSetup.value?.token ?? "");
}
