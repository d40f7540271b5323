/** The command that empty pages show: it works as it stands. */

import { serverUrl } from "../api/http";
import { userSetup } from "../store/status";
import { type Draft, emptyDraft } from "./draft";
import { curl } from "./snippets/curl";

export const inboxUrl = (name: string): string => `${serverUrl()}/_dev/inbox/${encodeURIComponent(name)}`;

/** Publishes some JSON to an inbox of this server; `options` changes what else is asked for. */
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
