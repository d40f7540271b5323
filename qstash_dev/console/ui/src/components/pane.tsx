/** The pane with the details of one row, beside its list; on a small screen, in place of it. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useShortcuts } from "../lib/keyboard";
import { hrefHere, navigate } from "../router";
import { Button, CopyButton } from "./button";
import "./panes.css";

interface PaneProps {
  /** The noun, as the accessible name: `Message`. */
  label: string;
  id: string;
  /** What the copy button copies: `the name`. */
  idName: string;
  /** The noun in the list of shortcuts, if it is not the label. */
  closeName?: string;
  /** Removes the pane from the address. */
  close?: () => void;
  class?: string;
  children: ComponentChildren;
}

export function closePane(): void {
  navigate(hrefHere([]));
}

export function Pane({ label, id, idName, closeName = label.toLowerCase(), close = closePane, class: name = "", children }: PaneProps) {
  const title = usePaneFocus();
  useShortcuts([{ key: "Escape", text: `Close the ${closeName}`, run: close }]);
  return (
    <section class={`detail ${name}`} aria-label={label}>
      <header>
        <Button text="Back to the list" icon="back" kind="quiet" iconOnly onClick={close} />
        <h2 ref={title} tabIndex={-1}>
          <span class="id">{id}</span>
        </h2>
        <CopyButton text={id} what={idName} />
      </header>
      {children}
    </section>
  );
}

/** The title of a pane: it has the focus as soon as the pane shows, as after any other link, and the list has it afterwards. */
export function usePaneFocus() {
  const title = useRef<HTMLHeadingElement>(null);
  // With what is shown, not after it: a pane that is closed at once gives the focus back as well.
  useLayoutEffect(() => {
    title.current?.focus({ preventScroll: true });
    return () => setTimeout(backToList);
  }, []);
  return title;
}

function backToList(): void {
  if (document.activeElement !== document.body || document.querySelector(".detail")) return;
  document.querySelector<HTMLElement>(".virtual")?.focus({ preventScroll: true });
}
