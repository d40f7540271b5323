/** The page "Dead letters": failed messages and workflow runs, grouped by failure, with retry, resume and restart. */

import { createRef } from "preact";
import { Button } from "../../components/button";
import { ErrorNotice } from "../../components/error-notice";
import { SearchBox } from "../../components/search-box";
import { useShortcuts } from "../../lib/keyboard";
import { route, setQuery } from "../../router";
import type { Page } from "../page";
import { Entries } from "./entries";
import { Entry } from "./entry";
import { isGroupChosen, KIND_CHOICES, NO_GROUP, showsEntries } from "./filters";
import { GroupList } from "./groups";
import { NoEntries } from "./no-entries";
import { useGroups } from "./use-dlq";
import "./dlq.css";

const searchBox = createRef<HTMLInputElement>();

function DeadLetters() {
  useShortcuts([{ key: "/", text: "Search", run: () => searchBox.current?.focus() }]);
  const groups = useGroups();
  const { query, rest } = route.value;
  const open = rest[0];
  const none = groups.found?.groups.length === 0 && !open && !isGroupChosen(query);
  const shape = `${showsEntries(query) ? "with-entries" : ""} ${open ? "with-entry" : ""} ${none ? "none" : ""}`;
  return (
    <div class={`dlq ${shape}`}>
      <Filters />
      {groups.error && <ErrorNotice text={groups.error} />}
      {none ? (
        <NoEntries />
      ) : (
        <div class="panes">
          <GroupList groups={groups} />
          <Entries groups={groups} />
          {open && <Entry key={open} id={open} />}
        </div>
      )}
    </div>
  );
}

function Filters() {
  const { kind = "" } = route.value.query;
  return (
    <div class="filters" role="search" aria-label="Dead letters">
      <SearchBox
        label="Search dead letters"
        placeholder="Id, URL, error, answer, label, run …"
        input={searchBox}
        without={NO_GROUP}
      />
      <div class="chips" role="group" aria-label="Kinds">
        {KIND_CHOICES.map((choice) => (
          <Button
            key={choice.kind}
            text={choice.text}
            kind="quiet"
            pressed={kind === choice.kind}
            onClick={() => setQuery({ ...NO_GROUP, kind: kind === choice.kind ? "" : choice.kind })}
          />
        ))}
      </div>
    </div>
  );
}

export const dlqPage: Page = { path: "dlq", title: "Dead letters", icon: "dlq", View: DeadLetters };
