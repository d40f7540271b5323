/** The list of workflow runs, with its filters and shortcuts. */

import { createRef } from "preact";
import { signal } from "@preact/signals";
import type { RunSummary } from "../../api/types";
import { Button } from "../../components/button";
import { ErrorNotice } from "../../components/error-notice";
import { SearchBox } from "../../components/search-box";
import { VirtualTable } from "../../components/virtual-table";
import { count, plural } from "../../lib/format";
import { useShortcuts } from "../../lib/keyboard";
import { hrefHere, navigate, route, setQuery } from "../../router";
import { MOST_ROWS, type PagedList } from "../../store/paged-list";
import { isFiltered, namedFilters, noFilters, STATE_CHOICES, statesOf, toggledState } from "./filters";
import { NoRuns } from "./no-runs";
import { placeOf, Row } from "./row";
import { keyOf, useRuns } from "./use-runs";

const ROW_HEIGHT_REM = 3.5;
const COLUMNS = [
  { id: "state", text: "State" },
  { id: "destination", text: "Workflow" },
  { id: "waits", text: "Waits for, or failed with" },
  { id: "steps number", text: "Steps" },
  { id: "took number", text: "Duration" },
  { id: "age", text: "Started" },
];
const searchBox = createRef<HTMLInputElement>();

/** The row chosen with j and k. */
const marked = signal("");

export function RunList() {
  const list = useRuns();
  const rows = list.rows.value;
  const open = route.value.rest[0];
  const at = route.value.query.at;
  const isOpen = (row: RunSummary): boolean =>
    row.workflowRunId === open && (at ? String(row.createdAt) === at : !row.older);
  const chosen = rows.findIndex((row) => (open ? isOpen(row) : keyOf(row) === marked.value));
  useListKeys(rows, chosen);
  const filtered = isFiltered(route.value.query);
  return (
    <section class="run-list" aria-label="Workflow runs">
      <Filters />
      <Shown list={list} filtered={filtered} />
      {list.error.value && (
        <ErrorNotice text={list.error.value}>
          <Button text="Try again" onClick={() => void list.refresh()} />
        </ErrorNotice>
      )}
      {rows.length === 0 && list.ready.value && !list.loading.value && !list.error.value ? (
        <NoRuns filtered={filtered} />
      ) : (
        <VirtualTable
          label="List of workflow runs"
          columns={COLUMNS}
          rows={rows}
          rowHeight={ROW_HEIGHT_REM}
          chosen={chosen}
          rowKey={keyOf}
          cells={(run) => <Row run={run} />}
          onOpen={show}
          onTop={(atTop) => list.setAtTop(atTop)}
          onEnd={() => void list.more()}
          after={<End list={list} />}
        />
      )}
    </section>
  );
}

function Filters() {
  const { query } = route.value;
  const states = statesOf(query);
  return (
    <div class="filters" role="search" aria-label="Workflow runs">
      <SearchBox label="Search runs" placeholder="Run id, URL, label, event, error …" input={searchBox} />
      <div class="chips" role="group" aria-label="States">
        {STATE_CHOICES.map(({ text, state }) => (
          <Button
            key={state}
            text={text}
            kind="quiet"
            pressed={states.includes(state)}
            onClick={() => setQuery({ state: toggledState(query, state) })}
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
            onClick={() => setQuery({ [name]: "" })}
          />
        ))}
      </div>
    </div>
  );
}

function useListKeys(rows: RunSummary[], chosen: number): void {
  const move = (step: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, chosen + step))];
    if (!row) return;
    marked.value = keyOf(row);
    if (route.value.rest[0]) navigate(hrefHere(...placeOf(row)), { replace: true });
  };
  useShortcuts([
    { key: "/", text: "Search", run: () => searchBox.current?.focus() },
    { key: "j", text: "Next run", run: () => move(1) },
    { key: "k", text: "Previous run", run: () => move(-1) },
    { key: "Enter", text: "Open the run", run: () => rows[chosen] && show(rows[chosen]) },
  ]);
}

function show(run: RunSummary): void {
  marked.value = keyOf(run);
  navigate(hrefHere(...placeOf(run)));
}

function Shown({ list, filtered }: { list: PagedList<RunSummary>; filtered: boolean }) {
  const shown = list.rows.value.length;
  const more = list.cursor.value ? "+" : "";
  return (
    <p class="shown">
      <span>{filtered ? `${count(shown)}${more} ${shown === 1 ? "match" : "matches"}` : runs(shown, more)}</span>
      {list.stale.value && <Button text="The list has changed: to the top" kind="quiet" onClick={toTop} />}
      {filtered && <Button text="Clear filters" kind="quiet" onClick={() => setQuery(noFilters())} />}
    </p>
  );
}

const runs = (shown: number, more: string): string => (more ? `${count(shown)}+ runs` : plural(shown, "run"));

function toTop(): void {
  document.querySelector(".run-list .virtual")?.scrollTo({ top: 0 });
}

function End({ list }: { list: PagedList<RunSummary> }) {
  if (list.loading.value && list.cursor.value) return <p class="end">Reading …</p>;
  if (!list.full || !list.cursor.value) return null;
  return <p class="end">Only the latest {count(MOST_ROWS)} are listed. Search or filter to find older ones.</p>;
}
