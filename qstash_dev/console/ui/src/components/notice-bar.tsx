/** A notice of one or two lines above a list, in the flow of the page. */

import type { ComponentChildren } from "preact";
import { Button } from "./button";
import { Icon, type IconName } from "./icon";

interface NoticeBarProps {
  icon: IconName;
  tone: "bad" | "warn" | "quiet";
  /** Its accessible name. */
  label: string;
  onDismiss: () => void;
  children: ComponentChildren;
}

export function NoticeBar({ icon, tone, label, onDismiss, children }: NoticeBarProps) {
  return (
    <aside class={`notice-bar ${tone}`} aria-label={label}>
      <Icon name={icon} />
      <p>{children}</p>
      <Button text="Dismiss" icon="cross" kind="quiet" iconOnly onClick={onDismiss} />
    </aside>
  );
}
