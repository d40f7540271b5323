/** The messages or the schedule that an accepted request has created, read from each form of answer. */

export interface PublishResult {
  kind: "message" | "schedule";
  id: string;
  /** The endpoint, for a message of a URL group. */
  url?: string;
  /** Whether it was deduplicated: then the id is that of an earlier message. */
  deduplicated: boolean;
  /** Index in a batch. */
  item: number;
}

export function publishResults(answer: unknown, batch: boolean): PublishResult[] {
  const items: unknown[] = batch && Array.isArray(answer) ? answer : [answer];
  return items.flatMap((item, index) => (Array.isArray(item) ? item : [item]).flatMap((one) => publishResult(one, index)));
}

function publishResult(answer: unknown, item: number): PublishResult[] {
  if (typeof answer !== "object" || answer === null) return [];
  const { messageId, scheduleId, url, deduplicated } = answer as Record<string, unknown>;
  const id = messageId ?? scheduleId;
  if (typeof id !== "string") return [];
  return [
    {
      kind: messageId === undefined ? "schedule" : "message",
      id,
      ...(typeof url === "string" && { url }),
      deduplicated: deduplicated === true,
      item,
    },
  ];
}
