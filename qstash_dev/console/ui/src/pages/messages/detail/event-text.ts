/** The events of a message in words. */

import type { MessageEvent } from "../../../api/types";
import { duration, plural, sentence } from "../../../lib/format";

export function eventText(event: MessageEvent): string {
  if (event.warning) return sentence(event.warning.text);
  if (event.notice) {
    const { text, todo, more } = event.notice;
    return `${sentence(more ? `${text}; ${plural(more, "later one")} not kept` : text)} ${sentence(todo)}`;
  }
  if (event.state === "ACTIVE") return `Attempt ${event.retried + 1} begins`;
  if (event.state === "FAILED") return "No retry is left";
  const parts = [
    event.error ?? (event.responseStatus !== undefined && `HTTP status ${event.responseStatus}`),
    event.duration !== undefined && `after ${duration(event.duration)}`,
  ];
  return parts.filter(Boolean).join(", ");
}
