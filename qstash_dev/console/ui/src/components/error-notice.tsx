/** The notice that a page shows for an error. */

import type { ComponentChildren } from "preact";
import { Icon } from "./icon";

export function ErrorNotice({ text, children }: { text: string; children?: ComponentChildren }) {
  return (
    <div class="problem" role="alert">
      <Icon name="warning" />
      <p>{text}</p>
      {children}
    </div>
  );
}
