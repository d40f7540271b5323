/** Workflow runs: their list, their steps, and the calls that cancel or notify them. */

import type { FailureFunctionState } from "./dlq";
import { request } from "./http";
import type { Body, Headers } from "./types";

export const RUN_STATES = ["RUN_STARTED", "RUN_SUCCESS", "RUN_FAILED", "RUN_CANCELED"] as const;
export type RunState = (typeof RUN_STATES)[number];

export type RunWaitKind = "delivery" | "retry" | "sleep" | "delay" | "turn" | "call" | "event" | "webhook" | "invoke";

/** Something that a workflow run waits for before its next step. */
export interface RunWait {
  kind: RunWaitKind;
  text: string;
  messageId?: string;
  url?: string;
  stepName?: string;
  stepId?: number;
  dueAt?: number;
  eventId?: string;
  /** Number of runs that wait for the event. */
  waiters?: number;
  /** The path of the webhook, relative to the address of the server. */
  hook?: string;
  workflowRunId?: string;
}

export interface RunSummary {
  workflowRunId: string;
  createdAt: number;
  url: string;
  state: RunState;
  steps: number;
  completedAt?: number;
  labels?: string[];
  flowControlKey?: string;
  invokedBy?: string;
  error?: string;
  failureFunctionState?: FailureFunctionState;
  waits?: RunWait[];
  moreWaits?: number;
  /** A later run has the same id. */
  older?: true;
}

export interface RunPage {
  runs: RunSummary[];
  total: number;
  cursor?: string;
}

export interface StepAttempt {
  number: number;
  time: number;
  /** Absent while the attempt is in flight. By the server's clock, which may be paused. */
  endedAt?: number;
  /** Milliseconds of real time. */
  duration?: number;
  status?: number;
  error?: string;
  hint?: string;
  body?: string;
  bodyBase64?: string;
}

export type StepPhase =
  | "done"
  | "running"
  | "retrying"
  | "due"
  | "sleeping"
  | "waiting"
  | "calling"
  | "invoking"
  | "failed"
  | "cancelled";

/** A step of `GET /v2/workflows/logs` with its times. The next step has no name before it has run. */
export interface Step {
  stepName?: string;
  stepType?: string;
  stepId?: number;
  messageId: string;
  concurrent?: number;
  phase: StepPhase;
  begunAt: number;
  endedAt?: number;
  /** When the step ends or is retried without further input. */
  dueAt?: number;
  attempts: StepAttempt[];
  /** The id of the message whose delivery attempts these are. */
  triedIn?: string;
  retries: number;
  out?: string;
  sleepFor?: number | string;
  sleepUntil?: number | string;
  waitEventId?: string;
  waitTimeoutDuration?: string;
  waitTimeout?: boolean;
  callUrl?: string;
  callMethod?: string;
  callBody?: string;
  callHeaders?: Headers;
  callResponseStatus?: number;
  callResponseBody?: string;
  invokedWorkflowRunId?: string;
  invokedWorkflowUrl?: string;
  invokedWorkflowRunBody?: string;
}

export interface StepGroup {
  type: "sequential" | "parallel" | "next";
  steps: Step[];
}

export interface FailureFunction {
  messageId: string;
  url: string;
  state: FailureFunctionState;
  failStatus: number;
  failResponse: string;
  responseStatus?: number;
  responseBody?: string;
  errors?: { error: string; body: string; status: number; time: number }[];
  nextDeliveryTime?: number;
}

export interface Run {
  workflowRunId: string;
  workflowUrl: string;
  workflowState: RunState;
  workflowRunCreatedAt: number;
  workflowRunCallerIp?: string;
  workflowRunCompletedAt?: number;
  workflowRunResponse?: string;
  labels?: string[];
  flowControlKey?: string;
  dlqId?: string;
  steps: StepGroup[];
  failureFunction?: FailureFunction;
  invoker?: { workflowRunId: string; workflowUrl: string; workflowRunCreatedAt: number };
  notes?: { time: number; text: string }[];
}

export interface RunDetail {
  user: string;
  now: number;
  run: Run;
  payload: Body;
  headers: Headers;
  waits: RunWait[];
  inDeadLetterQueue: boolean;
  retries: number;
  parentState?: RunState;
  children: { workflowRunId: string; url: string; state: RunState; stepName: string }[];
}

export interface RunQuery {
  user: string;
  search?: string;
  state?: RunState[];
  label?: string;
  workflowUrl?: string;
  cursor?: string;
  count?: number;
}

const part = encodeURIComponent;

export const listRuns = (query: RunQuery, signal?: AbortSignal): Promise<RunPage> =>
  request("GET", "_dev/runs", { query: { ...query }, ...(signal && { signal }) });

/** The latest run with this id, or the one created at `createdAt`. `trimBody` is the largest number of bytes of each body. */
export const getRun = (
  id: string,
  query: { createdAt?: string; trimBody?: number },
  signal?: AbortSignal,
): Promise<RunDetail> => request("GET", `_dev/runs/${part(id)}`, { query, ...(signal && { signal }) });

export const cancelRun = (id: string, token: string): Promise<{ cancelled: number }> =>
  request("DELETE", `v2/workflows/runs/${part(id)}`, { token });

/** Notifies every run that waits for the event. The data is passed on unchanged. */
export const notifyAll = (eventId: string, data: string, token: string): Promise<unknown[]> =>
  request("POST", `v2/notify/${part(eventId)}`, { body: data, token });

/** Notifies one run. If it does not wait for the event yet, the event is kept for it and the answer has no `messageId`. */
export const notifyOne = (id: string, eventId: string, data: string, token: string): Promise<{ messageId?: string }> =>
  request("POST", `v2/notify/${part(id)}/${part(eventId)}`, { body: data, token });
