/** The steps of a run as bars over time. */

import type { RunDetail, Step, StepAttempt } from "../../../api/workflows";
import { type Scale, type ScaleKind, scaleOf, type Tick, ticksOf } from "./time-scale";

/** Shares of the axis, from 0 to 1. */
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
  /** What has passed. */
  done: Span;
  /** What is still to come, if that is known. */
  ahead: Span | null;
  attempts: AttemptSpan[];
  /** Since the run began, and how long so far. */
  beganAfterMs: number;
  lastedMs: number;
}

export interface BarGroup {
  kind: "sequential" | "parallel" | "next";
  bars: Bar[];
  /** Of a parallel group as a whole. */
  span: Span;
}

export interface TimelineLayout {
  groups: BarGroup[];
  ticks: Tick[];
  /** Where now is, while the run goes on. */
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

/** The name that stands in the address for the step. */
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
    // The answer comes a little after the step was handed in.
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

/** A step that goes on has lasted until now. */
function endOf({ begunAt, endedAt }: Step, until: number): number {
  return Math.max(begunAt, endedAt ?? until);
}

function around(bars: Bar[]): Span {
  const ends = bars.map(({ done, ahead }) => ahead?.to ?? done.to);
  return { from: Math.min(1, ...bars.map(({ done }) => done.from)), to: Math.max(0, ...ends) };
}
