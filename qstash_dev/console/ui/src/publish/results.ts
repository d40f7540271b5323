/** What an accepted request came to, in whichever of the shapes of the API it is told. */

export interface PublishResult {
  kind: "message" | "schedule";
  id: string;
  /** Where a message of a URL group goes. */
  url?: string;
  /** Nothing new: the message is one from before. */
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
