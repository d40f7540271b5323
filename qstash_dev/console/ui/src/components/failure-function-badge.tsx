/** The badge of a failure function: whether it was called, and with what outcome. */

import type { FailureFunctionState } from "../api/types";
import { Badge, type BadgeProps } from "./badge";

const BADGES: Record<FailureFunctionState, BadgeProps> = {
  CALLBACK_INPROGRESS: { tone: "busy", icon: "fly", text: "Being called" },
  CALLBACK_SUCCESS: { tone: "good", icon: "check", text: "Called" },
  CALLBACK_FAIL: { tone: "bad", icon: "cross", text: "Call failed" },
  CALLBACK_CANCELED: { tone: "off", icon: "stop", text: "Cancelled" },
};

export function FailureFunctionBadge({ state }: { state: FailureFunctionState }) {
  return <Badge {...BADGES[state]} />;
}
