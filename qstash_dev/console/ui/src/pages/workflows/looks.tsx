/** States of runs, steps and failure functions: icon, text and colour, of which each would do alone. */

import type { FunctionState } from "../../api/dlq";
import type { Phase, RunState, WaitKind } from "../../api/workflows";
import type { IconName } from "../../components/icon";
import { Badge, type Tone } from "../../components/state";

type Look = [tone: Tone, icon: IconName, text: string];

const RUNS: Record<RunState, Look> = {
  RUN_STARTED: ["busy", "play", "Going on"],
  RUN_SUCCESS: ["good", "check", "Succeeded"],
  RUN_FAILED: ["bad", "cross", "Failed"],
  RUN_CANCELED: ["off", "stop", "Cancelled"],
};

const PHASES: Record<Phase, Look> = {
  done: ["good", "check", "Done"],
  running: ["busy", "fly", "Running"],
  retrying: ["warn", "retry", "Retrying"],
  due: ["wait", "wait", "Due"],
  sleeping: ["wait", "moon", "Asleep"],
  waiting: ["wait", "bell", "Waiting"],
  calling: ["busy", "fly", "Calling"],
  invoking: ["busy", "workflows", "Invoked"],
  failed: ["bad", "cross", "Failed"],
  cancelled: ["off", "stop", "Cancelled"],
};

const FUNCTIONS: Record<FunctionState, Look> = {
  CALLBACK_INPROGRESS: ["busy", "fly", "Being told"],
  CALLBACK_SUCCESS: ["good", "check", "Told"],
  CALLBACK_FAIL: ["bad", "cross", "Failed as well"],
  CALLBACK_CANCELED: ["off", "stop", "Cancelled"],
};

export const WAIT_ICONS: Record<WaitKind, IconName> = {
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

/** What kind of step it is; types that we do not know keep their name. */
export const stepKind = (type: string | undefined): string => TYPE_TEXTS[type ?? ""] ?? type ?? "next";

const badge = ([tone, icon, text]: Look) => <Badge tone={tone} icon={icon} text={text} />;

export const RunBadge = ({ state }: { state: RunState }) => badge(RUNS[state]);
export const PhaseBadge = ({ phase }: { phase: Phase }) => badge(PHASES[phase]);
export const FunctionBadge = ({ state }: { state: FunctionState }) => badge(FUNCTIONS[state]);
