/** What an inbox found about the signature of a request, in the words of a badge. */

import type { InboxRequest } from "../../api/inboxes";
import type { Headers } from "../../api/types";
import type { BadgeProps } from "../../components/badge";

/** The first value of a header, whatever its spelling; empty if it is not there. */
export function headerValue(headers: Headers, name: string): string {
  const found = Object.entries(headers).find(([known]) => known.toLowerCase() === name.toLowerCase());
  return found?.[1][0] ?? "";
}

export function signatureBadge({ headers, signatureError }: Pick<InboxRequest, "headers" | "signatureError">): BadgeProps {
  if (signatureError === null) return { tone: "good", icon: "check", text: "Signed" };
  if (headerValue(headers, "Upstash-Signature") === "") return { tone: "off", icon: "stop", text: "Unsigned" };
  return { tone: "bad", icon: "cross", text: "Not valid" };
}

/** Which attempt it was, if a message says so. */
export function attemptNumber(headers: Headers): number | null {
  const retried = headerValue(headers, "Upstash-Retried");
  return /^\d{1,4}$/.test(retried) ? Number(retried) + 1 : null;
}
