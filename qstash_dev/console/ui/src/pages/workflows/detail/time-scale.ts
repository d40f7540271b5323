/** The time scale of the timeline: maps a time to a position from 0 to 1. */

import { duration } from "../../../lib/format";

export type ScaleKind = "fitted" | "true";
export type Scale = (ms: number) => number;

export interface Tick {
  at: number;
  text: string;
}

/** The width of an interval is the logarithm of 1 + its length in this unit. */
const UNIT_MS = 20;

/** The smallest distance between labels, so that they do not touch. */
const MIN_DISTANCE = 0.13;

/**
 * A run computes for milliseconds and sleeps for days. On the `true` scale every interval between two moments is as wide
 * as it is long; on the `fitted` scale its width is the logarithm of its length, so that short ones can be seen.
 */
export function scaleOf(moments: number[], kind: ScaleKind): Scale {
  const sorted = [...new Set(moments)].sort((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? first;
  if (last === first) return () => 0;
  if (kind === "true") return (ms) => clamp((ms - first) / (last - first));
  const ends = widths(sorted);
  const total = ends.at(-1) ?? 1;
  return (ms) => clamp(along(sorted, ends, ms) / total);
}

/**
 * The moments that get a label: first those after the longest intervals, as many as fit beside the labels at the
 * positions in `occupied`.
 */
export function ticksOf(moments: number[], scale: Scale, occupied: number[] = []): Tick[] {
  const sorted = [...new Set(moments)].sort((a, b) => a - b);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined || last === first) return [];
  const taken = [first];
  const far = (ms: number): boolean =>
    [...taken.map(scale), ...occupied].every((other) => Math.abs(scale(ms) - other) >= MIN_DISTANCE);
  if (far(last)) taken.push(last);
  const before = (ms: number): number => ms - (sorted[sorted.indexOf(ms) - 1] ?? ms);
  for (const ms of sorted.slice(1, -1).sort((a, b) => before(b) - before(a))) if (far(ms)) taken.push(ms);
  return taken
    .sort((a, b) => a - b)
    .map((ms) => ({ at: scale(ms), text: ms === first ? "0" : `+${duration(ms - first)}` }));
}

function widths(sorted: number[]): number[] {
  const ends = [0];
  for (const [index, ms] of sorted.slice(1).entries()) {
    ends.push((ends[index] ?? 0) + Math.log2(1 + (ms - (sorted[index] ?? ms)) / UNIT_MS));
  }
  return ends;
}

function along(sorted: number[], ends: number[], ms: number): number {
  const next = sorted.findIndex((moment) => moment >= ms);
  if (next < 0) return ends.at(-1) ?? 1;
  if (next === 0) return 0;
  const [from = 0, to = 0] = [sorted[next - 1], sorted[next]];
  const [begin = 0, end = 0] = [ends[next - 1], ends[next]];
  return begin + ((ms - from) / (to - from)) * (end - begin);
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
