/** The layout of the timeline: the bars of the steps of a run on a time scale. */

import type { RunDetail, Step, StepAttempt } from "../../../api/types";
import { type Scale, type ScaleKind, scaleOf, type Tick, ticksOf } from "./time-scale";

/** A part of the axis, from 0 to 1. */
export interface Span {
  from: number;
  to: number;
}

export interface AttemptSpan extends Span {
  outcome: "good" | "bad" | "busy";
}

export interface Bar {
  key: string;
  step: Step;
  /** The time passed. */
  done: Span;
  /** The time still to come, if it is known. */
  ahead: Span | null;
  attempts: AttemptSpan[];
  /** Time from the start of the run to that of the step, and the duration of the step so far. */
  beganAfterMs: number;
  lastedMs: number;
}

export interface BarGroup {
  kind: "sequential" | "parallel" | "next";
  bars: Bar[];
  /** The part of the axis that the group takes. */
  span: Span;
}

export interface TimelineLayout {
  groups: BarGroup[];
  ticks: Tick[];
  /** The position of the present, while the run is going on. */
  now: number | null;
}

export function timelineLayout(detail: RunDetail, nowMs: number, kind: ScaleKind): TimelineLayout {
  const { run } = detail;
  const steps = run.steps.flatMap((group) => group.steps);
  const alive = run.workflowState === "RUN_STARTED";
  const start = Math.min(run.workflowRunCreatedAt, ...steps.map(({ begunAt }) => begunAt));
  const until = alive ? Math.max(nowMs, start) : (run.workflowRunCompletedAt ?? nowMs);
  const bounds = [start, until, ...steps.flatMap((step) => [step.begunAt, endOf(step, until), step.dueAt ?? start])];
  const moments = [...bounds, ...steps.flatMap(({ attempts }) => attempts.flatMap((one) => attemptMoments(one, until)))];
  const scale = scaleOf(moments, kind);
  const groups = run.steps.map((group, place): BarGroup => {
    const bars = group.steps.map((step, index) => barOf(step, `${place}-${index}`, scale, start, until));
    return { kind: group.type, bars, span: around(bars) };
  });
  const now = alive ? scale(until) : null;
  return { groups, ticks: ticksOf(bounds, scale, now === null ? [] : [now]), now };
}

/** The id of a step in the address. */
export function stepId(step: Step): string {
  return step.stepId === undefined ? (step.stepType === "Initial" ? "0" : "next") : String(step.stepId);
}

function barOf(step: Step, key: string, scale: Scale, start: number, until: number): Bar {
  const end = endOf(step, until);
  const ahead = step.endedAt === undefined && step.dueAt !== undefined && step.dueAt > until;
  return {
    key,
    step,
    done: { from: scale(step.begunAt), to: scale(end) },
    ahead: ahead ? { from: scale(until), to: scale(step.dueAt ?? until) } : null,
    // The response arrives a little after the step was reported.
    attempts: step.attempts.map((attempt) => attemptSpan(attempt, scale, end)),
    beganAfterMs: step.begunAt - start,
    lastedMs: end - step.begunAt,
  };
}

function attemptSpan(attempt: StepAttempt, scale: Scale, until: number): AttemptSpan {
  const [from = until, to = until] = attemptMoments(attempt, until);
  const outcome = attempt.endedAt === undefined ? "busy" : attempt.error === undefined ? "good" : "bad";
  return { from: scale(from), to: scale(to), outcome };
}

function attemptMoments({ time, endedAt }: StepAttempt, until: number): number[] {
  return [Math.min(time, until), Math.min(endedAt ?? until, until)];
}

/** A step without an end lasts until now. */
function endOf({ begunAt, endedAt }: Step, until: number): number {
  return Math.max(begunAt, endedAt ?? until);
}

function around(bars: Bar[]): Span {
  const ends = bars.map(({ done, ahead }) => ahead?.to ?? done.to);
  return { from: Math.min(1, ...bars.map(({ done }) => done.from)), to: Math.max(0, ...ends) };
}
