/** The box that says what of a list is wanted. It stands in the address, and typing does not fill the history. */

import { createRef } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { route, setQuery } from "../router";
import { Icon } from "./icon";

/** A page has one, which its shortcut finds here. */
export const searchBox = createRef<HTMLInputElement>();

interface SearchProps {
  /** What it does, for those who do not see it. */
  label: string;
  placeholder: string;
  /** Names in the query that mean nothing any more when something else is searched. */
  clears?: string[];
  delayMs?: number;
}

export function Search({ label, placeholder, clears = [], delayMs = 250 }: SearchProps) {
  const present = route.value.query.search ?? "";
  const [text, setText] = useState(present);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The address may change without us: a link, or going back.
  useEffect(() => setText(present), [present]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (value: string, ms: number): void => {
    setText(value);
    clearTimeout(timer.current);
    const change = { ...Object.fromEntries(clears.map((name) => [name, ""])), search: value.trim() };
    timer.current = setTimeout(() => setQuery(change, { replace: true }), ms);
  };
  return (
    <label class="search">
      <span class="visually-hidden">{label}</span>
      <Icon name="search" />
      <input
        ref={searchBox}
        type="search"
        value={text}
        placeholder={placeholder}
        onInput={(event) => search(event.currentTarget.value, delayMs)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "Enter") search(event.currentTarget.value, 0);
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}
