/** The field of the form that an error of the server is about. */

export interface FormField {
  /** Index in a batch, if the error names one. */
  item: number | null;
  /** A `FieldPath` of the form, or the name of a part of it; empty if the form has no such field. */
  field: string;
}

const IN_ITEM = /^\[(\d+)\]\.(?:headers\.)?(.*)$/s;

/** Fields by header of the API, in lower case and without `upstash-`. */
const BY_HEADER: Record<string, string> = {
  method: "method",
  retries: "retries",
  "retry-delay": "retryDelay",
  delay: "delay",
  "not-before": "notBefore",
  timeout: "timeout",
  label: "labels",
  "redact-fields": "redact",
  "deduplication-id": "deduplicationId",
  "content-based-deduplication": "deduplicationId",
  "queue-name": "queue",
  "schedule-id": "schedule.id",
  cron: "schedule.cron",
  "cron.cron_tz": "schedule.zone",
  "cron.tz": "schedule.zone",
  "flow-control-key": "flowControl.key",
  "flow-control-value": "flowControl.parallelism",
  "flow-control-value.parallelism": "flowControl.parallelism",
  "flow-control-value.rate": "flowControl.rate",
  "flow-control-value.period": "flowControl.period",
  "forward-content-type": "contentType",
};

/** Fields of an item of a batch that are fields of the form. */
const OF_ITEM = ["destination", "queue", "body", "headers"];

/** `field` is as the server names it: `Upstash-Delay`, or `[3].headers.Upstash-Delay` in a batch. */
export function formField(field: string): FormField {
  const [, item, name = field] = IN_ITEM.exec(field) ?? [];
  return { item: item === undefined ? null : Number(item), field: fieldOf(name.toLowerCase()) };
}

function fieldOf(name: string): string {
  if (!name.startsWith("upstash-")) return OF_ITEM.includes(name) ? name : "";
  const header = name.slice("upstash-".length);
  for (const [prefix, callback] of [
    ["failure-callback", "failureCallback"],
    ["callback", "callback"],
  ] as const) {
    if (header === prefix) return `${callback}.url`;
    if (header.startsWith(`${prefix}-forward-`)) return `${callback}.headers`;
    if (header.startsWith(`${prefix}-`)) return `${callback}.${BY_HEADER[header.slice(prefix.length + 1)] ?? "url"}`;
  }
  return BY_HEADER[header] ?? (header.startsWith("forward-") ? "headers" : "");
}
