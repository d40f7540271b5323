/** Options of a retry from the dead letter queue that override those of the first publish. */

export interface RetryOptions {
  delay: string;
  retries: string;
  retryDelay: string;
  timeout: string;
  flowControlKey: string;
  flowControlValue: string;
  /** `Name: value`, one on each line. */
  headers: string;
}

export const NO_RETRY_OPTIONS: RetryOptions = {
  delay: "",
  retries: "",
  retryDelay: "",
  timeout: "",
  flowControlKey: "",
  flowControlValue: "",
  headers: "",
};

const NAMES: [keyof RetryOptions, string][] = [
  ["delay", "Upstash-Delay"],
  ["retries", "Upstash-Retries"],
  ["retryDelay", "Upstash-Retry-Delay"],
  ["timeout", "Upstash-Timeout"],
  ["flowControlKey", "Upstash-Flow-Control-Key"],
  ["flowControlValue", "Upstash-Flow-Control-Value"],
];

/** The headers of the options that are set; an empty option stays as it was. Throws an Error for a line that is not a header. */
export function retryOptionHeaders(overrides: RetryOptions): Record<string, string> {
  const named = NAMES.flatMap(([field, name]) => (overrides[field].trim() ? [[name, overrides[field].trim()]] : []));
  const forwarded = overrides.headers
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map(headerOf);
  return Object.fromEntries([...named, ...forwarded]) as Record<string, string>;
}

/** Headers that do not begin with `Upstash-` are forwarded to the destination. */
function headerOf(line: string): [string, string] {
  const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)$/.exec(line);
  if (!found) throw new Error(`“${line.slice(0, 60)}” is no header: write Name: value, one a line.`);
  const [, name = "", value = ""] = found;
  return [/^upstash-/i.test(name) ? name : `Upstash-Forward-${name}`, value];
}
