/** The state of a message: icon, text and colour, of which each would do alone. */

import type { MessageSummary, State } from "../api/types";
import { Icon, type IconName } from "./icon";

export type Tone = "good" | "bad" | "busy" | "wait" | "warn" | "off";

interface Look {
  text: string;
  icon: IconName;
  tone: Tone;
}

const LOOKS: Record<State, Look> = {
  CREATED: { text: "Waiting", icon: "wait", tone: "wait" },
  ACTIVE: { text: "In flight", icon: "fly", tone: "busy" },
  RETRY: { text: "Retrying", icon: "retry", tone: "warn" },
  ERROR: { text: "Error", icon: "warning", tone: "bad" },
  DELIVERED: { text: "Delivered", icon: "check", tone: "good" },
  FAILED: { text: "Failed", icon: "cross", tone: "bad" },
  CANCEL_REQUESTED: { text: "Cancelling", icon: "stop", tone: "off" },
  CANCELED: { text: "Cancelled", icon: "stop", tone: "off" },
};

export const stateText = (state: State): string => LOOKS[state].text;

export function StateBadge({ state, due }: { state: State; due?: number | undefined }) {
  const { text, icon, tone } = LOOKS[state];
  const delayed = state === "CREATED" && due !== undefined;
  return <Badge tone={tone} icon={delayed ? "clock" : icon} text={delayed ? "Delayed" : text} />;
}

export function Badge({ tone, icon, text }: { tone: Tone; icon: IconName; text: string }) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {text}
    </span>
  );
}

export const isOver = ({ state }: Pick<MessageSummary, "state">): boolean =>
  state === "DELIVERED" || state === "FAILED" || state === "CANCELED";
