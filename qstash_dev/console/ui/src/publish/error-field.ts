/** The field of the form that an error of the server is about. */

export interface FieldError {
  /** Index in a batch, if the error names one. */
  item: number | null;
  /** A `FieldPath` of the form, or the name of a part of it; empty if the error is about no field. */
  field: string;
  text: string;
}

const ITEM = /^item (\d+) of the batch: /;
const HEADER = /^invalid (upstash-[\w-]+)/i;

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
  "flow-control-key": "flowControl.key",
  "forward-content-type": "contentType",
};

const BY_TEXT: [pattern: RegExp, field: string][] = [
  [/^deduplicationId cannot contain/i, "deduplicationId"],
  [/^flowControlKey must be/, "flowControl.key"],
  [/^upstash-not-before\/upstash-delay/i, "delay"],
  [/^(topic .* not found|invalid destination url|a non-empty destination|destination '|invalid field destination)/s, "destination"],
  [/^invalid queue name/, "queue"],
  [/^quota maxQueues/, "queue"],
  [/^invalid cron expression provided bad location/i, "schedule.zone"],
  [/^(invalid cron expression|upstash-cron)/i, "schedule.cron"],
  [/^quota maxRetries/, "retries"],
  [/^quota maxDelay/, "delay"],
  [/^quota maxMessageSize/, "body"],
  [/^(too many headers|'.*' cannot be the name of a header)/s, "headers"],
  [/^invalid field body|^body of item/, "body"],
];

export function errorField(error: string): FieldError {
  const item = ITEM.exec(error);
  const text = item ? error.slice(item[0].length) : error;
  return { item: item?.[1] === undefined ? null : Number(item[1]), field: fieldOf(text), text };
}

function fieldOf(text: string): string {
  const header = HEADER.exec(text)?.[1]?.toLowerCase().slice("upstash-".length);
  if (header === "flow-control-value" || text.startsWith("Upstash-Flow-Control-Value should be")) return flowControlField(text);
  if (header !== undefined) return fieldOfHeader(header);
  return BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? "";
}

/** `Upstash-Flow-Control-Value` holds three fields. */
function flowControlField(text: string): string {
  if (/: use a (period|duration)/.test(text)) return "flowControl.period";
  return /: '?rate\b/.test(text) ? "flowControl.rate" : "flowControl.parallelism";
}

function fieldOfHeader(header: string): string {
  for (const [prefix, name] of [
    ["failure-callback", "failureCallback"],
    ["callback", "callback"],
  ] as const) {
    if (header === prefix) return `${name}.url`;
    if (header.startsWith(`${prefix}-forward-`)) return `${name}.headers`;
    if (header.startsWith(`${prefix}-`)) return `${name}.${BY_HEADER[header.slice(prefix.length + 1)] ?? "url"}`;
  }
  return BY_HEADER[header] ?? (header.startsWith("forward-") ? "headers" : "");
}
