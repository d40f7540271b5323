/** Asks before what cannot be undone, and says what will be lost. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ActionButton, Button, Toolbar } from "./button";
import { Dialog } from "./dialog";
import type { IconName } from "./icon";

interface DialogProps {
  title: string;
  /** On the button that does it. */
  text: string;
  icon?: IconName;
  /** On the button that does not. */
  keep?: string;
  label?: string;
  /** Closes the dialog as well, once it may. */
  action: () => Promise<void>;
  onClose: () => void;
  children: ComponentChildren;
}

export function ConfirmDialog({ title, text, icon = "bin", keep = "Keep it", label = "Answer", ...rest }: DialogProps) {
  return (
    <Dialog title={title} onClose={rest.onClose}>
      <div class="confirm">
        {rest.children}
        <Toolbar label={label}>
          <ActionButton text={text} icon={icon} kind="danger" action={rest.action} />
          <Button text={keep} onClick={rest.onClose} />
        </Toolbar>
      </div>
    </Dialog>
  );
}

interface ConfirmProps {
  /** On the button, and again on the one that does it. */
  text: string;
  /** What the first button is called, if that says more. */
  name?: string;
  icon?: IconName;
  iconOnly?: boolean;
  /** The question. */
  title: string;
  action: () => Promise<void>;
  children: ComponentChildren;
}

export function ConfirmButton({ text, name = text, icon = "bin", iconOnly = false, title, action, children }: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  const close = (): void => setAsking(false);
  return (
    <>
      <Button
        text={name}
        icon={icon}
        kind={iconOnly ? "quiet" : "danger"}
        iconOnly={iconOnly}
        onClick={() => setAsking(true)}
      />
      {asking && (
        <ConfirmDialog title={title} text={text} onClose={close} action={() => action().finally(close)}>
          <p>{children}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
