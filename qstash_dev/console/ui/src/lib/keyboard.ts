/** Shortcuts of one key. They rest while somebody types, while a dialog is open, and when they are turned off. */

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

/** Those of the shell and of the page that is shown, for the help. */
export const shortcuts = signal<Shortcut[]>([]);

export function setShortcutsOn(on: boolean): void {
  shortcutsOn.value = on;
  setStored("shortcuts", on ? "on" : "off");
}

/** Have these shortcuts for as long as the component is there; how many there are, and their keys, never change. */
export function useShortcuts(own: Shortcut[]): void {
  const latest = useRef(own);
  latest.current = own;
  // With what is shown, not after it: whoever sees a pane may press its keys.
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

/** What Enter works already. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("a, button, summary, [role=tab]") !== null;
}
