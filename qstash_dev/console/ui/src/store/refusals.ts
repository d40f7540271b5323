/** The refused calls as a hook, and what is said about them in several places. */

import { useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { listRefusals } from "../api/refusals";
import type { Refusal } from "../api/types";
import { href } from "../router";
import { revision } from "./feed";
import { ServerQuery } from "./query";
import { refusedCalls } from "./status";

/** The user of calls without a valid token. */
export const UNKNOWN_USER = "unknown";

export const refusalKey = ({ user, seq }: Refusal): string => `${user}-${seq}`;

export const refusalHref = (refusal: Refusal): string => href("refused", [refusalKey(refusal)]);

/** A call that asks for what is not there, as programs do again and again that wait for it. */
export const isPolling = ({ status, method }: Refusal): boolean => status === 404 && (method === "GET" || method === "HEAD");

/** The latest refused calls of all users, read again when their number has changed, at most once a second. */
export function useLatestRefusals(limit: number): ServerQuery<Refusal[]> {
  const query = useMemo(
    () => new ServerQuery(async (signal) => (await listRefusals(limit, signal)).refusals),
    [limit],
  );
  const seen = useRef(-1);
  useEffect(() => () => query.close(), [query]);
  useSignalEffect(() => {
    const present = revision.value >= 0 ? refusedCalls.peek() : 0;
    if (present === seen.current) return;
    seen.current = present;
    query.changed();
  });
  return query;
}

/** How many calls these are since then, those that only poll left out. */
export const callsSince = (refusals: Refusal[], since: number): number =>
  refusals.filter((one) => one.lastTime >= since && !isPolling(one)).reduce((sum, { count }) => sum + count, 0);
