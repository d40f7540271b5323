/** The badge of the state of a message. */

import type { MessageState, MessageSummary } from "../api/types";
import { Badge, type BadgeProps } from "./badge";

const BADGES: Record<MessageState, BadgeProps> = {
  CREATED: { text: "Waiting", icon: "wait", tone: "wait" },
  ACTIVE: { text: "In flight", icon: "fly", tone: "busy" },
  RETRY: { text: "Retrying", icon: "retry", tone: "warn" },
  ERROR: { text: "Error", icon: "warning", tone: "bad" },
  DELIVERED: { text: "Delivered", icon: "check", tone: "good" },
  FAILED: { text: "Failed", icon: "cross", tone: "bad" },
  CANCEL_REQUESTED: { text: "Cancelling", icon: "stop", tone: "off" },
  CANCELED: { text: "Cancelled", icon: "stop", tone: "off" },
};

export function MessageStateBadge({ state, due }: { state: MessageState; due?: number | undefined }) {
  const { text, icon, tone } = BADGES[state];
  const delayed = state === "CREATED" && due !== undefined;
  return <Badge tone={tone} icon={delayed ? "clock" : icon} text={delayed ? "Delayed" : text} />;
}

export const isFinal = ({ state }: Pick<MessageSummary, "state">): boolean =>
  state === "DELIVERED" || state === "FAILED" || state === "CANCELED";
