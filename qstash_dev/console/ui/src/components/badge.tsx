/** Badges: icon, text and colour, each of which is enough to tell a state. */

import { Icon, type IconName } from "./icon";

export type Tone = "good" | "bad" | "busy" | "wait" | "warn" | "off";

export interface BadgeProps {
  tone: Tone;
  icon: IconName;
  text: string;
}

export function Badge({ tone, icon, text }: BadgeProps) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {text}
    </span>
  );
}
