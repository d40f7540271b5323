/** The list of requests in an inbox. */

import { signal } from "@preact/signals";
import type { InboxRequest } from "../../api/types";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { EmptyState } from "../../components/empty-state";
import { RelativeTime } from "../../components/time";
import { VirtualTable } from "../../components/virtual-table";
import { bytes, count, plural } from "../../lib/format";
import { useShortcuts } from "../../lib/keyboard";
import { publishCommand } from "../../publish/example-command";
import { hrefHere, navigate, user } from "../../router";
import { MOST_ROWS, type RequestWindow } from "./request-window";
import { attemptNumber, headerValue, signatureBadge } from "./signature";

const ROW_HEIGHT_REM = 3.25;
const COLUMNS = [
  { id: "signed", text: "Signature" },
  { id: "request", text: "Request" },
  { id: "size", text: "Body" },
  { id: "age", text: "Age" },
];

/** The row chosen with j and k. */
const marked = signal(0);

interface RequestsProps {
  name: string;
  list: RequestWindow;
  open: number | null;
}

export function RequestList({ name, list, open }: RequestsProps) {
  const rows = list.rows.value;
  const chosen = rows.findIndex(({ number }) => number === (open ?? marked.value));
  useRequestKeys(name, rows, chosen, open);
  if (list.missing.value) return <Nothing name={name} title="No requests yet" />;
  if (!list.inbox.value) return null;
  if (rows.length === 0) return <Nothing name={name} title="No requests" />;
  return (
    <>
      <Shown list={list} />
      <VirtualTable
        label="List of requests"
        columns={COLUMNS}
        rows={rows}
        rowHeight={ROW_HEIGHT_REM}
        chosen={chosen}
        rowKey={({ number }) => String(number)}
        cells={(request) => <Row name={name} request={request} />}
        onOpen={({ number }) => show(name, number)}
        onTop={(atTop) => list.setAtTop(atTop)}
        onEnd={() => void list.more()}
        after={rows.length >= MOST_ROWS && <p class="end">Only the latest {count(MOST_ROWS)} are listed.</p>}
      />
    </>
  );
}

function useRequestKeys(name: string, rows: InboxRequest[], chosen: number, open: number | null): void {
  const move = (step: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, chosen + step))];
    if (!row) return;
    marked.value = row.number;
    if (open !== null) navigate(hrefHere([name, String(row.number)]), { replace: true });
  };
  useShortcuts([
    { key: "j", text: "Next request", run: () => move(1) },
    { key: "k", text: "Previous request", run: () => move(-1) },
    { key: "Enter", text: "Open the request", run: () => rows[chosen] && show(name, rows[chosen].number) },
  ]);
}

function show(name: string, number: number): void {
  marked.value = number;
  navigate(hrefHere([name, String(number)]));
}

function Nothing({ name, title }: { name: string; title: string }) {
  return (
    <EmptyState icon="inbox" title={title} command={publishCommand(name)}>
      <p>Publish to it as {user.value}, and see here what arrives.</p>
    </EmptyState>
  );
}

function Shown({ list }: { list: RequestWindow }) {
  const { received = 0, forgotten = 0 } = list.inbox.value ?? {};
  return (
    <p class="shown">
      <span>
        {plural(received, "request")}
        {forgotten > 0 && `, of which the oldest ${count(forgotten)} are no longer kept`}
      </span>
      {list.unseen.value > 0 && (
        <Button text={`${plural(list.unseen.value, "new request")} above`} kind="quiet" onClick={toTop} />
      )}
    </p>
  );
}

function toTop(): void {
  document.querySelector(".inbox-main .virtual")?.scrollTo({ top: 0 });
}

function Row({ name, request }: { name: string; request: InboxRequest }) {
  const tries = attemptNumber(request.headers);
  const id = headerValue(request.headers, "Upstash-Message-Id");
  return (
    <>
      <td class="signed">
        <Badge {...signatureBadge(request)} />
      </td>
      <th scope="row" class="request">
        <a href={hrefHere([name, String(request.number)])}>
          <span class="method">{request.method}</span> {request.target === "" ? "/" : request.target}
        </a>
        <span class="under">
          {tries !== null && tries > 1 && <span class="tag">attempt {tries}</span>}
          <span class="id">{id || "no message"}</span>
        </span>
      </th>
      <td class="size">{bytes(request.bodySize)}</td>
      <td class="age">
        <RelativeTime at={request.at} />
      </td>
    </>
  );
}
