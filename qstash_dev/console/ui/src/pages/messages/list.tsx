/** The list of messages, with its shortcuts. */

import { signal, useSignal } from "@preact/signals";
import type { MessageSummary } from "../../api/types";
import { Button } from "../../components/button";
import { ErrorNotice } from "../../components/error-notice";
import { VirtualTable } from "../../components/virtual-table";
import { plural } from "../../lib/format";
import { useShortcuts } from "../../lib/keyboard";
import { hrefHere, navigate, route, setQuery } from "../../router";
import { cursorAfter, type MessageWindow } from "../../store/message-window";
import { userStatus } from "../../store/status";
import { replay } from "./actions";
import { Filters, searchBox } from "./filter-bar";
import { isFiltered, noFilters } from "./filters";
import { NoMessages } from "./no-messages";
import { OtherUsers } from "./other-users";
import { RecentRefusals } from "./recent-refusals";
import { Row } from "./row";
import { useMessageWindow } from "./use-message-window";

const ROW_HEIGHT_REM = 3.5;
const COLUMNS = [
  { id: "state", text: "State" },
  { id: "destination", text: "Destination" },
  { id: "tries", text: "Attempts" },
  { id: "result", text: "Result" },
  { id: "next", text: "Next" },
  { id: "age", text: "Age" },
];

/** The id of the message chosen with j and k; it stays chosen when the list moves. */
const marked = signal("");

export function MessageList() {
  const list = useMessageWindow();
  const rows = list.rows.value;
  const chosen = rows.findIndex(({ messageId }) => messageId === (route.value.rest[0] ?? marked.value));
  useListKeys(rows, chosen);
  return (
    <section class="list-pane message-list" aria-label="Messages">
      <Filters />
      <RecentRefusals />
      <OtherUsers />
      <Shown list={list} />
      {list.error.value && (
        <ErrorNotice text={list.error.value}>
          <Button text="Try again" onClick={() => void list.refresh()} />
        </ErrorNotice>
      )}
      {rows.length === 0 && list.ready.value && !list.loading.value && !list.error.value ? (
        <NoMessages filtered={isFiltered(route.value.query)} />
      ) : (
        <VirtualTable
          label="List of messages"
          columns={COLUMNS}
          rows={rows}
          rowHeight={ROW_HEIGHT_REM}
          chosen={chosen}
          rowKey={({ messageId }) => messageId}
          cells={(message) => <Row message={message} />}
          onOpen={open}
          onTop={(atTop) => list.setAtTop(atTop)}
          onEnd={() => void list.more()}
          after={<End list={list} />}
        />
      )}
    </section>
  );
}

function useListKeys(rows: MessageSummary[], chosen: number): void {
  const move = (step: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, chosen + step))];
    if (!row) return;
    marked.value = row.messageId;
    if (route.value.rest[0]) navigate(hrefHere([row.messageId]), { replace: true });
  };
  useShortcuts([
    { key: "/", text: "Search", run: () => searchBox.current?.focus() },
    { key: "j", text: "Next message", run: () => move(1) },
    { key: "k", text: "Previous message", run: () => move(-1) },
    { key: "Enter", text: "Open the message", run: () => rows[chosen] && open(rows[chosen]) },
    { key: "r", text: "Replay the message", run: () => rows[chosen] && void replay(rows[chosen].messageId) },
  ]);
}

function open({ messageId }: MessageSummary): void {
  marked.value = messageId;
  navigate(hrefHere([messageId]));
}

/** The number of messages shown, and of new ones above. */
function Shown({ list }: { list: MessageWindow }) {
  const total = userStatus.value?.messages;
  const older = route.value.query.from;
  return (
    <p class="shown">
      <span>
        {isFiltered(route.value.query)
          ? `${plural(list.rows.value.length, "match", "matches")}${list.cursor.value ? " so far" : ""}`
          : total !== undefined && plural(total, "message")}
      </span>
      {older && <Button text="Back to the newest" kind="quiet" onClick={() => setQuery({ from: "" })} />}
      {list.unseen.value > 0 && (
        <Button text={`${plural(list.unseen.value, "new message")} above`} kind="quiet" onClick={toTop} />
      )}
      {isFiltered(route.value.query) && (
        <Button text="Clear filters" kind="quiet" onClick={() => setQuery(noFilters())} />
      )}
    </p>
  );
}

function toTop(): void {
  document.querySelector(".message-list .virtual")?.scrollTo({ top: 0 });
}

function End({ list }: { list: MessageWindow }) {
  const asked = useSignal(false);
  const last = list.rows.value.at(-1);
  if (list.loading.value && list.rows.value.length > 0 && list.cursor.value) return <p class="end">Reading …</p>;
  if (!list.full || !list.cursor.value || !last || asked.value) return null;
  return (
    <p class="end">
      <Button text="Continue with older messages" onClick={() => setQuery({ from: cursorAfter(last) })} />
    </p>
  );
}
