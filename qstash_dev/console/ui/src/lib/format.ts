/** Formatting of durations, times, sizes, counts, URLs and JSON for display. */

const UNITS: [string, number][] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
];

/** `12 ms`, `3.4 s`, `2 m 5 s`, `4 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const index = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[index] ?? ["s", 1000];
  const [smaller, smallerSize] = UNITS[index + 1] ?? ["", 0];
  const whole = Math.floor(ms / size);
  const rest = smallerSize ? Math.floor((ms % size) / smallerSize) : 0;
  return rest ? `${whole} ${unit} ${rest} ${smaller}` : `${whole} ${unit}`;
}

/** `now`, `5 s ago`, `in 3 m`. One unit is enough: the exact time is in the tooltip. */
export function relative(at: number, now: number): string {
  const ms = Math.abs(at - now);
  if (ms < 1000) return at > now ? "in 1 s" : "now";
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? ["s", 1000];
  const amount = `${Math.floor(ms / size)} ${unit}`;
  return at > now ? `in ${amount}` : `${amount} ago`;
}

/** What is left of a wait, to the second: `0 s`, `59 s`, `2 m 5 s`. */
export const remaining = (ms: number): string => (ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : duration(ms));

/** Date and time to the millisecond, in the zone of the browser. */
export function exactTime(ms: number): string {
  const date = new Date(ms);
  const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${clockTime(ms)}`;
}

/** Time of day to the millisecond, in the zone of the browser. */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part)).join(":");
  return `${time}.${pad(date.getMilliseconds(), 3)}`;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  if (size < 1024 * 1024) return `${(size / 1024).toFixed(1)} KB`;
  if (size < 1024 ** 3) return `${(size / 1024 ** 2).toFixed(1)} MB`;
  return `${(size / 1024 ** 3).toFixed(1)} GB`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

/** `1 message`, `2 messages`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A URL without `http://`, the usual scheme during development; `https://` stays. */
export function shortUrl(url: string): string {
  return url.replace(/^http:\/\//, "");
}

/** The JSON indented, or null if the text is not a JSON object or array. */
export function prettyJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

/** A text of the server as a sentence: with a full stop, and a capital unless an id is its first word. */
export function sentence(text: string): string {
  const capital = text.replace(/^[a-z](?![a-z\d]*_)/, (letter) => letter.toUpperCase());
  return `${capital}${/[.?!]$/.test(text) ? "" : "."}`;
}

/** A duration in the notation of the QStash API: `5s` or `1500ms`. */
export function qstashDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
