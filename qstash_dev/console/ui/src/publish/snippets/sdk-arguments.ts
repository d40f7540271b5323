/** What the SDKs are given for the options of a draft, where both of them take the same. */

import type { Draft, Pair } from "../draft";
import { isContentType, isUrl, joinedPairs, listed } from "../request";
import type { Literal } from "./literal";

/** A name and a value, left out if there is none. */
export type Argument = [name: string, value: Literal | undefined];

/** A whole number as such; what is none is left to the server to refuse. */
export function amount(text: string): Literal | undefined {
  if (text === "") return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

export function orNone(text: string): string | undefined {
  return text || undefined;
}

export function record(headers: Pair[]): Record<string, string> | undefined {
  return headers.length > 0 ? joinedPairs(headers) : undefined;
}

export function flowControl({ flowControl: flow }: Draft): Literal | undefined {
  if (!flow.key) return undefined;
  const fields = [
    ["parallelism", amount(flow.parallelism)],
    ["rate", amount(flow.rate)],
    // A bare number is of seconds here as well as there.
    ["period", amount(flow.period)],
  ] as const;
  return { key: flow.key, ...Object.fromEntries(fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))) };
}

export function redact({ redact: { body, header, names } }: Draft): Literal | undefined {
  const named = listed(names);
  if (!body && !header && named.length === 0) return undefined;
  return {
    ...(body && { body: true }),
    ...((header || named.length > 0) && { header: header || named }),
  };
}

export function splitHeaders(headers: Pair[]): { contentType: string | undefined; others: Pair[] } {
  return { contentType: headers.find(isContentType)?.[1], others: headers.filter((pair) => !isContentType(pair)) };
}

export function destinationName({ destination }: Draft, url: string, group: string): string {
  // What is half-written is more likely a URL than the name of a group.
  return isUrl(destination) || !/^[\w.-]+$/.test(destination) ? url : group;
}
