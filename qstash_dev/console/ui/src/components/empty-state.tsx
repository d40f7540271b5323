/** What an empty list shows: the reason, and a command to run next. */

import type { ComponentChildren } from "preact";
import { CodeBlock } from "./code-block";
import { Icon, type IconName } from "./icon";

interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
  command?: string;
  /** The accessible name of the command, where a page shows several. */
  commandLabel?: string;
}

export function EmptyState({ icon, title, children, command, commandLabel = "Command to run" }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
      {command && <CodeBlock text={command} what="the command" label={commandLabel} />}
    </div>
  );
}
