/** Menus: a button that opens a short list of actions. */

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";

export interface MenuItem {
  text: string;
  run: () => void;
}

export function Menu({ text, icon, items }: { text: string; icon: IconName; items: MenuItem[] }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [toLeft, setToLeft] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (!open) return;
    const list = root.current?.querySelector("[role=menu]");
    setToLeft((list?.getBoundingClientRect().right ?? 0) > innerWidth);
    list?.querySelector<HTMLElement>("[role=menuitem]")?.focus({ preventScroll: true });
    const close = (event: PointerEvent): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    addEventListener("pointerdown", close);
    return () => removeEventListener("pointerdown", close);
  }, [open]);
  const leave = (): void => {
    setOpen(false);
    setToLeft(false);
    button.current?.focus();
  };
  return (
    <div
      class="menu"
      ref={root}
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && !root.current?.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        type="button"
        class="button plain"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
        <span>{text}</span>
        <Icon name="down" />
      </button>
      {open && (
        <div class={toLeft ? "to-left" : ""} role="menu" id={id} aria-label={text} tabIndex={-1} onKeyDown={(event) => step(event, leave)}>
          {items.map((item) => (
            <button
              key={item.text}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                leave();
                item.run();
              }}
            >
              {item.text}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function step(event: KeyboardEvent, leave: () => void): void {
  const menu = event.currentTarget;
  if (!(menu instanceof HTMLElement)) return;
  const items = [...menu.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const index = items.findIndex((item) => item === document.activeElement);
  const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items.at(to % items.length)?.focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.stopPropagation();
    if (event.key === "Escape") event.preventDefault();
    leave();
  }
}
