/** A button for what cannot be undone: it asks first, and says what will be lost. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ActionButton, Button, Toolbar } from "./button";
import { Dialog } from "./dialog";
import type { IconName } from "./icon";

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
        <Dialog title={title} onClose={close}>
          <p>{children}</p>
          <Toolbar label="Answer">
            <ActionButton
              text={text}
              kind="danger"
              action={async () => {
                try {
                  await action();
                } finally {
                  close();
                }
              }}
            />
            <Button text="Keep it" onClick={close} />
          </Toolbar>
        </Dialog>
      )}
    </>
  );
}
