/** Times, exact or relative to the server's clock; the tooltip has the exact time. */

import { clockTime, exactTime, relative } from "../lib/format";
import { now } from "../store/status";

export function RelativeTime({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {relative(at, now.value)}
    </time>
  );
}

export function ExactTime({ at, short = false }: { at: number; short?: boolean }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {short ? clockTime(at) : exactTime(at)}
    </time>
  );
}
