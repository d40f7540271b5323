/** The pane with the details of one row, beside its list; on a small screen, in place of it. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
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
  const title = useRef<HTMLHeadingElement>(null);
  useShortcuts([{ key: "Escape", text: `Close the ${closeName}`, run: close }]);
  // The focus moves into the pane, as with any link, and back to the list afterwards.
  useEffect(() => {
    title.current?.focus({ preventScroll: true });
    return () => setTimeout(backToList);
  }, []);
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

function backToList(): void {
  if (document.activeElement !== document.body || document.querySelector(".detail")) return;
  document.querySelector<HTMLElement>(".virtual")?.focus({ preventScroll: true });
}
