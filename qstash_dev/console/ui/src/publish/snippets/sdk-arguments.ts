/** What the SDKs are given for the options of a draft, where both of them take the same. */

import type { Draft, HeaderPair } from "../draft";
import { isContentType, isUrl, joinHeaders, nonEmpty } from "../request";
import type { Literal } from "./literal";

/** A name and a value, left out if there is none. */
export type Argument = [name: string, value: Literal | undefined];

/** A whole number as such; what is none is left to the server to refuse. */
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
    // A bare number is of seconds here as well as there.
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
  // What is half-written is more likely a URL than the name of a group.
  return isUrl(destination) || !/^[\w.-]+$/.test(destination) ? url : group;
}
