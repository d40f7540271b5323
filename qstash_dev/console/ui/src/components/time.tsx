/** Points in time, relative to the server's clock, with the exact time in the tooltip. */

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
