/** Buttons: plain, for requests to the server, for copying, and toolbars of them. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { errorMessage } from "../api/http";
import { copyText } from "../lib/clipboard";
import { toastError } from "../store/toasts";
import { Icon, type IconName } from "./icon";

interface ButtonProps {
  text: string;
  icon?: IconName;
  kind?: "plain" | "main" | "danger" | "quiet";
  /** Shows only the icon; the text is its accessible name. */
  iconOnly?: boolean;
  disabled?: boolean;
  /** Why it is disabled, or what it does. */
  hint?: string;
  pressed?: boolean;
  onClick: () => void;
}

export function Button({ text, icon, kind = "plain", iconOnly, disabled, hint, pressed, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}${iconOnly ? " icon-only" : ""}`}
      // Not `disabled`, so that it keeps the focus and its hint can be read.
      aria-disabled={disabled ? "true" : undefined}
      aria-pressed={pressed}
      aria-label={iconOnly ? text : undefined}
      title={hint ?? (iconOnly ? text : undefined)}
      onClick={() => {
        if (!disabled) onClick();
      }}
    >
      {icon && <Icon name={icon} />}
      {!iconOnly && <span>{text}</span>}
    </button>
  );
}

/** A button for a request to the server: disabled while it runs; an error becomes a toast. */
export function ActionButton({ action, ...props }: Omit<ButtonProps, "onClick"> & { action: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const run = (): void => {
    if (busy) return;
    setBusy(true);
    action()
      .catch((error: unknown) => toastError(errorMessage(error)))
      .finally(() => setBusy(false));
  };
  return <Button {...props} disabled={(props.disabled ?? false) || busy} onClick={run} />;
}

const COPIED_MS = 1500;

export function CopyButton({ text, what }: { text: string | (() => string); what: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    copyText(typeof text === "string" ? text : text())
      .then(() => setCopied(true))
      .catch((error: unknown) => toastError(errorMessage(error)));
  };
  return (
    <Button
      text={copied ? "Copied" : `Copy ${what}`}
      icon={copied ? "check" : "copy"}
      kind="quiet"
      iconOnly
      onClick={copy}
    />
  );
}

export function Toolbar({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="toolbar" role="group" aria-label={label}>
      {children}
    </div>
  );
}
