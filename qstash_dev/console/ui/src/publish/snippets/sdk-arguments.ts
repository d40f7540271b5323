/** Arguments that both SDKs take in the same form. */

import type { Draft, HeaderPair } from "../draft";
import { isContentType, isUrl, joinHeaders, nonEmpty } from "../request";
import type { Literal } from "./literal";

/** A name and a value; undefined values are left out. */
export type Argument = [name: string, value: Literal | undefined];

/** A whole number as a number; anything else stays text, which the server will refuse. */
export function numberOrText(text: string): Literal | undefined {
  if (text === "") return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

export function textOrNone(text: string): string | undefined {
  return text || undefined;
}

export function headerRecord(headers: HeaderPair[]): Record<string, string> | undefined {
  return headers.length > 0 ? joinHeaders(headers) : undefined;
}

export function flowControl({ flowControl: flow }: Draft): Literal | undefined {
  if (!flow.key) return undefined;
  const fields = [
    ["parallelism", numberOrText(flow.parallelism)],
    ["rate", numberOrText(flow.rate)],
    // A number means seconds, in the SDKs as in the API.
    ["period", numberOrText(flow.period)],
  ] as const;
  return { key: flow.key, ...Object.fromEntries(fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))) };
}

export function redact({ redact: { body, header, names } }: Draft): Literal | undefined {
  const named = nonEmpty(names);
  if (!body && !header && named.length === 0) return undefined;
  return {
    ...(body && { body: true }),
    ...((header || named.length > 0) && { header: header || named }),
  };
}

export function splitHeaders(headers: HeaderPair[]): { contentType: string | undefined; others: HeaderPair[] } {
  return { contentType: headers.find(isContentType)?.[1], others: headers.filter((pair) => !isContentType(pair)) };
}

export function destinationName({ destination }: Draft, url: string, group: string): string {
  // An incomplete destination is more likely a URL than the name of a URL group.
  return isUrl(destination) || !/^[\w.-]+$/.test(destination) ? url : group;
}
