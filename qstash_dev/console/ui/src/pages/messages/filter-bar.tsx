/** The search box and the filters of the list of messages. */

import { createRef } from "preact";
import { useRef, useState } from "preact/hooks";
import { Button } from "../../components/button";
import { SearchBox } from "../../components/search-box";
import { route, setQuery } from "../../router";
import { NAMED, namedFilters, STATE_CHOICES, statesOf, toggledState } from "./filters";

export const searchBox = createRef<HTMLInputElement>();

export function Filters() {
  const { query } = route.value;
  const states = statesOf(query);
  return (
    <div class="filters" role="search" aria-label="Messages">
      <SearchBox
        label="Search messages"
        placeholder="Id, URL, label, queue, body …"
        input={searchBox}
        without={{ from: "" }}
      />
      <div class="chips" role="group" aria-label="States">
        {STATE_CHOICES.map((choice) => (
          <Button
            key={choice.text}
            text={choice.text}
            kind="quiet"
            pressed={choice.states.every((state) => states.includes(state))}
            onClick={() => setQuery({ state: toggledState(query, choice), from: "" })}
          />
        ))}
        {namedFilters(query).map(([name, text, value]) => (
          <Button
            key={name}
            text={`${text}: ${value}`}
            hint={`Do not filter by ${text.toLowerCase()}`}
            icon="cross"
            kind="quiet"
            pressed
            onClick={() => setQuery({ [name]: "", from: "" })}
          />
        ))}
        <MoreFilters />
      </div>
    </div>
  );
}

/** The form that adds a filter by one exact value. */
function MoreFilters() {
  const [name, setName] = useState<string>(NAMED[0][0]);
  const [value, setValue] = useState("");
  const box = useRef<HTMLDetailsElement>(null);
  const add = (): void => {
    if (value.trim()) setQuery({ [name]: value.trim(), from: "" });
    setValue("");
    box.current?.removeAttribute("open");
  };
  return (
    <details
      class="more"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !box.current?.open) return;
        event.preventDefault();
        box.current.open = false;
        box.current.querySelector("summary")?.focus();
      }}
    >
      <summary class="button quiet">More filters</summary>
      <div class="more-box">
        <label>
          Filter by
          <select value={name} onChange={(event) => setName(event.currentTarget.value)}>
            {NAMED.map(([id, text]) => (
              <option key={id} value={id}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          Value
          <input
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") add();
            }}
          />
        </label>
        <Button text="Add filter" kind="main" onClick={add} />
      </div>
    </details>
  );
}
