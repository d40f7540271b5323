/** The list of entries, of one group or of all. */

import { signal } from "@preact/signals";
import { errorMessage } from "../../api/http";
import type { DlqEntry } from "../../api/types";
import { Button } from "../../components/button";
import { ErrorNotice } from "../../components/error-notice";
import { VirtualTable } from "../../components/virtual-table";
import { count } from "../../lib/format";
import { useShortcuts } from "../../lib/keyboard";
import { hrefHere, navigate, route } from "../../router";
import { MOST_ROWS, type PagedList } from "../../store/paged-list";
import { toastError } from "../../store/toasts";
import { resumeOrRestartOne, retryOne } from "./actions";
import { BulkBar } from "./bulk-bar";
import { NO_GROUP } from "./filters";
import { NoEntries } from "./no-entries";
import { Row } from "./row";
import { select, selected } from "./selection";
import { type Groups, useEntries } from "./use-dlq";

const ROW_HEIGHT_REM = 3.5;
const COLUMNS = [
  { id: "pick", text: "Select" },
  { id: "destination", text: "Destination" },
  { id: "answer", text: "Last answer" },
  { id: "tries number", text: "Attempts" },
  { id: "age", text: "Failed" },
];

/** The row chosen with j and k. */
const marked = signal("");

export function Entries({ groups }: { groups: Groups }) {
  const list = useEntries();
  const rows = list.rows.value;
  const chosen = rows.findIndex(({ dlqId }) => dlqId === (route.value.rest[0] ?? marked.value));
  useListKeys(rows, chosen);
  return (
    <section class="letter-list" aria-label="Entries">
      <p class="to-groups">
        <Button text="Groups" icon="back" kind="quiet" onClick={() => navigate(hrefHere([], NO_GROUP))} />
      </p>
      <BulkBar list={list} groups={groups} />
      {list.error.value && (
        <ErrorNotice text={list.error.value}>
          <Button text="Try again" onClick={() => void list.refresh()} />
        </ErrorNotice>
      )}
      {rows.length === 0 && list.ready.value && !list.loading.value && !list.error.value ? (
        <NoEntries />
      ) : (
        <VirtualTable
          label="List of dead letters"
          columns={COLUMNS}
          rows={rows}
          rowHeight={ROW_HEIGHT_REM}
          chosen={chosen}
          rowKey={({ dlqId }) => dlqId}
          cells={(entry) => <Row entry={entry} />}
          onOpen={show}
          onTop={(atTop) => list.setAtTop(atTop)}
          onEnd={() => void list.more()}
          after={<End list={list} />}
        />
      )}
    </section>
  );
}

function useListKeys(rows: DlqEntry[], chosen: number): void {
  const row = rows[chosen];
  const move = (step: number): void => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, chosen + step))];
    if (!next) return;
    marked.value = next.dlqId;
    if (route.value.rest[0]) navigate(hrefHere([next.dlqId]), { replace: true });
  };
  useShortcuts([
    { key: "j", text: "Next entry", run: () => move(1) },
    { key: "k", text: "Previous entry", run: () => move(-1) },
    { key: "Enter", text: "Open the entry", run: () => row && show(row) },
    { key: "x", text: "Select the entry", run: () => row && select(row, !selected.value.has(row.dlqId)) },
    { key: "r", text: "Retry the entry, or resume the run", run: () => row && again(row) },
  ]);
}

function again(entry: DlqEntry): void {
  const done = entry.kind === "run" ? resumeOrRestartOne("resume", entry) : retryOne(entry);
  done.catch((error: unknown) => toastError(errorMessage(error)));
}

function show({ dlqId }: DlqEntry): void {
  marked.value = dlqId;
  navigate(hrefHere([dlqId]));
}

function End({ list }: { list: PagedList<DlqEntry> }) {
  if (list.loading.value && list.cursor.value) return <p class="end">Reading …</p>;
  if (!list.full || !list.cursor.value) return null;
  return <p class="end">Only the latest {count(MOST_ROWS)} are listed. Search, or choose a group, to find older ones.</p>;
}
