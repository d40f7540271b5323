/** A filtered list of queues, schedules or the like, with the details of one of them beside it. */

import { signal } from "@preact/signals";
import { type ComponentChildren, createRef } from "preact";
import { type FilterChoice, filterRows } from "../lib/filter";
import { plural } from "../lib/format";
import { useShortcuts } from "../lib/keyboard";
import { hrefHere, navigate, route, setQuery, user } from "../router";
import type { ServerQuery } from "../store/query";
import { Button } from "./button";
import { EmptyState } from "./empty-state";
import { ErrorNotice } from "./error-notice";
import type { IconName } from "./icon";
import { Pane } from "./pane";
import { SearchBox } from "./search-box";
import { type Column, VirtualTable } from "./virtual-table";

export interface ListWithDetailProps<Row> {
  /** The name of the page, also used as a class of the list. */
  name: string;
  icon: IconName;
  /** The noun in singular and plural: `queue`, `queues`. */
  one: string;
  many: string;
  /** What the copy button copies: `the name`. */
  idName: string;
  /** The heading of a pane, the key of its row unless given. */
  heading?: (row: Row) => string;
  /** Shown in place of a row that is not there, if there is more to say. */
  missing?: string;
  query: ServerQuery<Row[]>;
  rowKey: (row: Row) => string;
  /** The texts that the filter box searches. */
  searchedTexts: (row: Row) => string[];
  placeholder: string;
  choices?: FilterChoice<Row>[];
  columns: Column[];
  cells: (row: Row) => ComponentChildren;
  /** The button that creates a new one. */
  create?: ComponentChildren;
  /** Shown beside the number of rows. */
  note?: ComponentChildren;
  /** Shown while the list is empty without any filter. */
  empty: ComponentChildren;
  detail: (row: Row) => ComponentChildren;
}

const ROW_HEIGHT_REM = 3.5;

/** The key of the row chosen with j and k. */
const marked = signal("");
const searchBox = createRef<HTMLInputElement>();

export function ListWithDetail<Row>(props: ListWithDetailProps<Row>) {
  const open = route.value.rest[0];
  return (
    <div class={`split ${open ? "with-detail" : ""}`}>
      <List {...props} />
      {open && <Detail key={open} id={open} {...props} />}
    </div>
  );
}

function List<Row>(props: ListWithDetailProps<Row>) {
  const { query, rowKey, many, one } = props;
  const all = query.value.value;
  const rows = filterRows(all ?? [], route.value.query, props.searchedTexts, props.choices);
  const chosen = rows.findIndex((row) => rowKey(row) === (route.value.rest[0] ?? marked.value));
  useListKeys(props, rows, chosen);
  return (
    <section class={`list-pane ${props.name}-list`} aria-label={upper(many)}>
      <Filters {...props} />
      <p class="shown">
        {all && <span>{rows.length < all.length ? `${rows.length} of ${plural(all.length, one, many)}` : plural(all.length, one, many)}</span>}
        {props.note}
        {all && rows.length < all.length && <Button text="Clear filters" kind="quiet" onClick={clear} />}
      </p>
      {query.error.value && (
        <ErrorNotice text={query.error.value}>
          <Button text="Try again" onClick={() => void query.refresh()} />
        </ErrorNotice>
      )}
      {all && rows.length === 0 ? (
        <NoRows none={all.length === 0} {...props} />
      ) : (
        <VirtualTable
          label={`List of ${many}`}
          columns={props.columns}
          rows={rows}
          rowHeight={ROW_HEIGHT_REM}
          chosen={chosen}
          rowKey={rowKey}
          cells={props.cells}
          onOpen={(row) => openRow(rowKey(row))}
          onTop={nothing}
          onEnd={nothing}
        />
      )}
    </section>
  );
}

function Filters<Row>({ many, placeholder, choices = [], create, query }: ListWithDetailProps<Row>) {
  const { only } = route.value.query;
  const all = query.value.value ?? [];
  return (
    <div class="filters" role="search" aria-label={upper(many)}>
      <div class="filter-line">
        <SearchBox label={`Filter the ${many}`} placeholder={placeholder} input={searchBox} />
        {create}
      </div>
      {choices.length > 0 && (
        <div class="chips" role="group" aria-label="Only those that are">
          {choices.map(({ id, text, matches }) => (
            <Button
              key={id}
              text={`${text} ${all.filter(matches).length}`}
              kind="quiet"
              pressed={only === id}
              onClick={() => setQuery({ only: only === id ? "" : id })}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function NoRows<Row>({ none, empty, many }: ListWithDetailProps<Row> & { none: boolean }) {
  if (none) return <>{empty}</>;
  return (
    <EmptyState icon="search" title={`None of the ${many} matches`}>
      <Button text="Clear filters" onClick={clear} />
    </EmptyState>
  );
}

function Detail<Row>({ id, one, idName, query, rowKey, detail, ...rest }: ListWithDetailProps<Row> & { id: string }) {
  const all = query.value.value;
  const row = all?.find((row) => rowKey(row) === id);
  return (
    <Pane label={upper(one)} id={row === undefined ? id : (rest.heading?.(row) ?? id)} idName={idName}>
      {row !== undefined && detail(row)}
      {all && row === undefined && <ErrorNotice text={rest.missing ?? `${user.value} has no ${one} ${id}.`} />}
    </Pane>
  );
}

function useListKeys<Row>({ rowKey, one, many }: ListWithDetailProps<Row>, rows: Row[], chosen: number): void {
  const move = (step: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, chosen + step))];
    if (row === undefined) return;
    marked.value = rowKey(row);
    if (route.value.rest[0]) navigate(hrefHere([rowKey(row)]), { replace: true });
  };
  const open = (): void => {
    const row = rows[chosen];
    if (row !== undefined) openRow(rowKey(row));
  };
  useShortcuts([
    { key: "/", text: `Filter the ${many}`, run: () => searchBox.current?.focus() },
    { key: "j", text: `Next ${one}`, run: () => move(1) },
    { key: "k", text: `Previous ${one}`, run: () => move(-1) },
    { key: "Enter", text: `Open the ${one}`, run: open },
  ]);
}

function openRow(key: string): void {
  marked.value = key;
  navigate(hrefHere([key]));
}

function clear(): void {
  setQuery({ search: "", only: "" });
}

function nothing(): void {
  // The whole list is loaded: there are no further pages.
}

/** With a capital first letter; `URL group` stays as it is. */
const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
