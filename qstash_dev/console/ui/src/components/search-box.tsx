/** The search box of a list; its text is part of the address. */

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { route, setQuery } from "../router";
import { Icon } from "./icon";

const SEARCH_DELAY_MS = 250;

interface SearchBoxProps {
  label: string;
  placeholder: string;
  input: RefObject<HTMLInputElement | null>;
  /** Changes of the query that go with a new text. */
  without?: Record<string, string>;
}

export function SearchBox({ label, placeholder, input, without = {} }: SearchBoxProps) {
  const present = route.value.query.search ?? "";
  const [text, setText] = useState(present);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The address also changes by links and by going back.
  useEffect(() => setText(present), [present]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (value: string, ms: number): void => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ search: value.trim(), ...without }, { replace: true }), ms);
  };
  return (
    <label class="search">
      <span class="visually-hidden">{label}</span>
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        value={text}
        placeholder={placeholder}
        onInput={(event) => search(event.currentTarget.value, SEARCH_DELAY_MS)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "Enter") search(event.currentTarget.value, 0);
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}
