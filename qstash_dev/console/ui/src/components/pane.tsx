/** Everything about one thing, beside the list that it was opened from; on a small screen, instead of it. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useShortcuts } from "../lib/keyboard";
import { hrefHere, navigate } from "../router";
import { Button, CopyButton } from "./button";
import "./panes.css";

interface PaneProps {
  /** What it is about: `Message`. */
  label: string;
  id: string;
  /** What the id is called: `the name`. */
  idName: string;
  /** What closing it is called in the list of keys, if that is not its label. */
  closeName?: string;
  /** Leaves the address without what belongs to the pane. */
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
  // Who opened it is taken there, as by any other link, and back to the list afterwards.
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
