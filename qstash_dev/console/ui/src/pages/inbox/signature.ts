/** What an inbox found about the signature of a request, in the words of a badge. */

import type { Captured } from "../../api/inboxes";
import type { Headers } from "../../api/types";
import type { BadgeProps } from "../../components/badge";

/** The first value of a header, whatever its spelling; empty if it is not there. */
export function header(headers: Headers, name: string): string {
  const found = Object.entries(headers).find(([known]) => known.toLowerCase() === name.toLowerCase());
  return found?.[1][0] ?? "";
}

export function verdict({ headers, signatureError }: Pick<Captured, "headers" | "signatureError">): BadgeProps {
  if (signatureError === null) return { tone: "good", icon: "check", text: "Signed" };
  if (header(headers, "Upstash-Signature") === "") return { tone: "off", icon: "stop", text: "Unsigned" };
  return { tone: "bad", icon: "cross", text: "Not valid" };
}

/** Which attempt it was, if a message says so. */
export function attempt(headers: Headers): number | null {
  const retried = header(headers, "Upstash-Retried");
  return /^\d{1,4}$/.test(retried) ? Number(retried) + 1 : null;
}
