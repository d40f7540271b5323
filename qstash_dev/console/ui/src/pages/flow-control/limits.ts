/** The limits of a flow control key in words, and the form that pins them. */

import type { Pin } from "../../api/flow-control";
import type { FlowControlKey } from "../../api/types";
import type { FormValues } from "../../components/action-form";
import { count, duration } from "../../lib/format";

type Limits = Pick<FlowControlKey, "parallelismMax" | "parallelismCount" | "rateMax" | "rateCount" | "ratePeriod">;

/** `2 of 5`, or `2` where there is no limit. */
export function inFlight({ parallelismCount, parallelismMax }: Limits): string {
  return parallelismMax > 0 ? `${count(parallelismCount)} of ${count(parallelismMax)}` : count(parallelismCount);
}

/** `3 of 10 per 1 m`; empty where there is no limit. */
export function rate({ rateCount, rateMax, ratePeriod }: Limits): string {
  return rateMax > 0 ? `${count(rateCount)} of ${count(rateMax)} per ${period(ratePeriod)}` : "";
}

/** `10 s`, not `10.0 s`: periods are whole seconds. */
export function period(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1000);
}

export const isPinned = ({ isPinnedParallelism, isPinnedRate }: FlowControlKey): boolean =>
  isPinnedParallelism || isPinnedRate;

/** The start of the next period in unix milliseconds; undefined if no period is running. */
export function periodEnd({ rateMax, rateCount, ratePeriod, ratePeriodStart }: FlowControlKey): number | undefined {
  return rateMax > 0 && rateCount > 0 ? (ratePeriodStart + ratePeriod) * 1000 : undefined;
}

/** The limits to pin; a field left empty is not pinned. */
export function pinOf(values: FormValues): Pin {
  const given = (["parallelism", "rate", "period"] as const).filter((name) => values[name]);
  return Object.fromEntries(given.map((name) => [name, Number(values[name])]));
}
