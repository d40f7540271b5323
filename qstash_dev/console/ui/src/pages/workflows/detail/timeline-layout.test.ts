import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunDetail, RunState, Step, StepGroup } from "../../../api/types";
import { stepId, timelineLayout } from "./timeline-layout";

function step(fields: Partial<Step>): Step {
  return { messageId: "msg", state: "STEP_SUCCESS", phase: "done", begunAt: 0, attempts: [], retries: 3, ...fields };
}

function detail(steps: StepGroup[], state: RunState = "RUN_STARTED", completed?: number): RunDetail {
  return {
    user: "u",
    now: 0,
    run: {
      workflowRunId: "wfr",
      workflowUrl: "http://app",
      workflowState: state,
      workflowRunCreatedAt: 0,
      workflowRunCallerIp: "127.0.0.1",
      steps,
      ...(completed !== undefined && { workflowRunCompletedAt: completed }),
    },
    verdict: { about: { kind: "run", id: "x" }, reason: "succeeded", sentence: "" },
    payload: { body: "", bodySize: 0 },
    headers: {},
    waits: [],
    inDeadLetterQueue: false,
    retries: 3,
    children: [],
  };
}

const one = (fields: Partial<Step>): StepGroup => ({ type: "sequential", steps: [step(fields)] });
const bars = (steps: StepGroup[], now: number, kind: "true" | "fitted" = "true") =>
  timelineLayout(detail(steps), now, kind).groups.flatMap((group) => group.bars);

test("a step that is done is as long as it took", () => {
  const [first, second] = bars([one({ begunAt: 0, endedAt: 25 }), one({ begunAt: 25, endedAt: 100 })], 100);
  assert.deepEqual(first?.done, { from: 0, to: 0.25 });
  assert.deepEqual(second?.done, { from: 0.25, to: 1 });
  assert.equal(second.lastedMs, 75);
  assert.equal(second.beganAfterMs, 25);
});

test("a step that goes on reaches to now, and on to when it ends by itself", () => {
  const [bar] = bars([one({ phase: "sleeping", begunAt: 0, dueAt: 100 })], 25);
  assert.deepEqual(bar?.done, { from: 0, to: 0.25 });
  assert.deepEqual(bar.ahead, { from: 0.25, to: 1 });
  assert.equal(bar.lastedMs, 25);
});

test("now is on the axis while the run goes on, and not when it is over", () => {
  assert.equal(timelineLayout(detail([one({ phase: "sleeping", dueAt: 100 })]), 50, "true").now, 0.5);
  assert.equal(timelineLayout(detail([one({ endedAt: 10 })], "RUN_SUCCESS", 10), 500, "true").now, null);
});

test("a run that is over does not grow", () => {
  const over = detail([one({ begunAt: 0, endedAt: 10 }), one({ begunAt: 10, phase: "cancelled" })], "RUN_CANCELED", 40);
  const layout = timelineLayout(over, 1_000_000, "true");
  assert.deepEqual(layout.groups.at(-1)?.bars[0]?.done, { from: 0.25, to: 1 });
});

test("attempts stand where they were, each with its outcome", () => {
  const attempts = [
    { number: 1, time: 0, endedAt: 10, error: "HTTP status 500", status: 500 },
    { number: 2, time: 50, endedAt: 60, status: 200 },
    { number: 3, time: 90 },
  ];
  const [bar] = bars([one({ phase: "running", attempts })], 100);
  assert.deepEqual(
    bar?.attempts.map(({ outcome, from, to }) => [outcome, from, to]),
    [
      ["bad", 0, 0.1],
      ["good", 0.5, 0.6],
      ["busy", 0.9, 1],
    ],
  );
});

test("a parallel group spans its branches", () => {
  const steps = [step({ begunAt: 20, endedAt: 40 }), step({ begunAt: 30, endedAt: 80 })];
  const layout = timelineLayout(detail([one({ endedAt: 20 }), { type: "parallel", steps }], "RUN_SUCCESS", 100), 100, "true");
  assert.deepEqual(layout.groups[1]?.span, { from: 0.2, to: 0.8 });
});

test("a resumed run begins with what the run before it had done", () => {
  const layout = timelineLayout(detail([one({ begunAt: -100, endedAt: -50 })], "RUN_SUCCESS", 100), 100, "true");
  assert.deepEqual(layout.groups[0]?.bars[0]?.done, { from: 0, to: 0.25 });
});

test("a clock that the server has not told of yet makes nothing negative", () => {
  const [bar] = bars([one({ phase: "running", begunAt: 100, attempts: [{ number: 1, time: 100 }] })], 50);
  assert.ok(bar);
  assert.ok(bar.done.to >= bar.done.from);
  assert.equal(bar.lastedMs, 0);
});

test("every step has a name in the address", () => {
  assert.equal(stepId(step({ stepType: "Initial" })), "0");
  assert.equal(stepId(step({ stepId: 4 })), "4");
  assert.equal(stepId(step({})), "next");
});

test("an attempt that took no time on a clock that stands still is where it was", () => {
  const attempts = [{ number: 1, time: 40, endedAt: 40, duration: 250, status: 200 }];
  const [bar] = bars([one({ begunAt: 0, endedAt: 100, attempts })], 100);
  assert.deepEqual(bar?.attempts, [{ from: 0.4, to: 0.4, outcome: "good" }]);
});
