/** Everything about one thing, beside the list that it was opened from; on a small screen, instead of it. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useShortcuts } from "../lib/keyboard";
import { hrefHere, navigate } from "../router";
import { Button, CopyButton } from "./button";
import "./panes.css";

interface PaneProps {
  /** What it is about: `Message`. */
  label: string;
  id: string;
  /** What the id is called: `the name`. */
  copies: string;
  /** What closing it is called in the list of keys, if that is not its label. */
  closing?: string;
  /** Leaves the address without what belongs to the pane. */
  close?: () => void;
  class?: string;
  children: ComponentChildren;
}

export function closePane(): void {
  navigate(hrefHere([]));
}

export function Pane({ label, id, copies, closing = label.toLowerCase(), close = closePane, class: name = "", children }: PaneProps) {
  const title = usePaneFocus();
  useShortcuts([{ key: "Escape", text: `Close the ${closing}`, run: close }]);
  return (
    <section class={`detail ${name}`} aria-label={label}>
      <header>
        <Button text="Back to the list" icon="back" kind="quiet" iconOnly onClick={close} />
        <h2 ref={title} tabIndex={-1}>
          <span class="id">{id}</span>
        </h2>
        <CopyButton text={id} what={copies} />
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
