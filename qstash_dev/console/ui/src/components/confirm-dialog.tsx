/** Confirmation of actions that cannot be undone. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ActionButton, Button, Toolbar } from "./button";
import { Dialog } from "./dialog";
import type { IconName } from "./icon";

interface DialogProps {
  title: string;
  /** The text of the button that confirms. */
  text: string;
  icon?: IconName;
  /** The text of the button that cancels. */
  keep?: string;
  label?: string;
  /** Also closes the dialog. */
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
  /** The text of the button, and of the one that confirms. */
  text: string;
  /** The accessible name of the first button, if it differs. */
  name?: string;
  icon?: IconName;
  iconOnly?: boolean;
  /** The question that the dialog asks. */
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
