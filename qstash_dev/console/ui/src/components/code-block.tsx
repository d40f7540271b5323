/** A block of code or other text, with a copy button. */

import { CopyButton } from "./button";

export function CodeBlock({ text, what, label }: { text: string; what: string; label: string }) {
  return (
    <div class="code">
      {/* A box that scrolls must be reachable without a mouse. */}
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
