/** The signature of a request in an inbox as a badge, and headers read from a request. */

import type { Headers, InboxRequest } from "../../api/types";
import type { BadgeProps } from "../../components/badge";

/** The first value of a header, its name in any case; empty if it is absent. */
export function headerValue(headers: Headers, name: string): string {
  const found = Object.entries(headers).find(([known]) => known.toLowerCase() === name.toLowerCase());
  return found?.[1][0] ?? "";
}

export function signatureBadge({ headers, signatureError }: Pick<InboxRequest, "headers" | "signatureError">): BadgeProps {
  if (signatureError === null) return { tone: "good", icon: "check", text: "Signed" };
  if (headerValue(headers, "Upstash-Signature") === "") return { tone: "off", icon: "stop", text: "Unsigned" };
  return { tone: "bad", icon: "cross", text: "Not valid" };
}

/** The number of the delivery attempt; null for a request that is not from a message. */
export function attemptNumber(headers: Headers): number | null {
  const retried = headerValue(headers, "Upstash-Retried");
  return /^\d{1,4}$/.test(retried) ? Number(retried) + 1 : null;
}
