/** Keyboard shortcuts of a single key. Ignored while a field has the focus, while a dialog is open, and when turned off. */

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { getStored, setStored } from "./storage";

export interface Shortcut {
  /** As in `KeyboardEvent.key`. */
  key: string;
  text: string;
  run: () => void;
}

export const shortcutsOn = signal(getStored("shortcuts") !== "off");

/** All active shortcuts, those of the frame and of the page shown; the help lists them. */
export const shortcuts = signal<Shortcut[]>([]);

export function setShortcutsOn(on: boolean): void {
  shortcutsOn.value = on;
  setStored("shortcuts", on ? "on" : "off");
}

/** Registers shortcuts while the component is mounted. Their number and keys must stay the same. */
export function useShortcuts(own: Shortcut[]): void {
  const latest = useRef(own);
  latest.current = own;
  // A layout effect, so that the keys of a pane work as soon as the pane is visible.
  useLayoutEffect(() => {
    const mine = latest.current.map(({ key, text }, index) => ({
      key,
      text,
      run: () => latest.current[index]?.run(),
    }));
    shortcuts.value = [...shortcuts.peek(), ...mine];
    return () => {
      shortcuts.value = shortcuts.peek().filter((shortcut) => !mine.includes(shortcut));
    };
  }, []);
}

export function startKeyboard(): void {
  addEventListener("keydown", (event) => {
    if (!shortcutsOn.value || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isBusy(event.target) || (event.key === "Enter" && isPressable(event.target))) return;
    const found = shortcuts.value.findLast(({ key }) => key === event.key);
    if (!found) return;
    event.preventDefault();
    found.run();
  });
}

function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector("dialog[open]")) return true;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, [role=menu]") !== null;
}

/** Whether the element itself reacts to Enter. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("a, button, summary, [role=tab]") !== null;
}
