/** Badges of workflow runs and steps, and the icons of what a run waits for. */

import type { RunState, RunWaitKind, StepPhase } from "../../api/types";
import { Badge, type BadgeProps } from "../../components/badge";
import type { IconName } from "../../components/icon";

const RUNS: Record<RunState, BadgeProps> = {
  RUN_STARTED: { tone: "busy", icon: "play", text: "Running" },
  RUN_SUCCESS: { tone: "good", icon: "check", text: "Succeeded" },
  RUN_FAILED: { tone: "bad", icon: "cross", text: "Failed" },
  RUN_CANCELED: { tone: "off", icon: "stop", text: "Cancelled" },
};

const PHASES: Record<StepPhase, BadgeProps> = {
  done: { tone: "good", icon: "check", text: "Done" },
  running: { tone: "busy", icon: "fly", text: "Running" },
  retrying: { tone: "warn", icon: "retry", text: "Retrying" },
  due: { tone: "wait", icon: "wait", text: "Due" },
  sleeping: { tone: "wait", icon: "moon", text: "Sleeping" },
  waiting: { tone: "wait", icon: "bell", text: "Waiting" },
  calling: { tone: "busy", icon: "fly", text: "Calling" },
  invoking: { tone: "busy", icon: "workflows", text: "Invoked" },
  failed: { tone: "bad", icon: "cross", text: "Failed" },
  cancelled: { tone: "off", icon: "stop", text: "Cancelled" },
};

export const WAIT_ICONS: Record<RunWaitKind, IconName> = {
  delivery: "fly",
  retry: "retry",
  sleep: "moon",
  delay: "clock",
  turn: "wait",
  call: "fly",
  event: "bell",
  webhook: "hook",
  invoke: "workflows",
};

const TYPE_ICONS: Record<string, IconName> = {
  Initial: "play",
  Run: "step",
  SleepFor: "moon",
  SleepUntil: "moon",
  Call: "fly",
  Wait: "bell",
  Notify: "bell",
  Invoke: "workflows",
  CreateWebhook: "hook",
  WaitForWebhook: "hook",
};

export const stepIcon = (type: string | undefined): IconName => TYPE_ICONS[type ?? ""] ?? "step";

const TYPE_TEXTS: Record<string, string> = {
  Initial: "start",
  Run: "run",
  SleepFor: "sleep",
  SleepUntil: "sleep",
  Call: "call",
  Wait: "event",
  Notify: "notify",
  Invoke: "invoke",
  CreateWebhook: "webhook",
  WaitForWebhook: "webhook",
};

/** The kind of a step in one word; unknown types keep their name. */
export const stepKind = (type: string | undefined): string => TYPE_TEXTS[type ?? ""] ?? type ?? "next";

export const RunBadge = ({ state }: { state: RunState }) => <Badge {...RUNS[state]} />;
export const PhaseBadge = ({ phase }: { phase: StepPhase }) => <Badge {...PHASES[phase]} />;
