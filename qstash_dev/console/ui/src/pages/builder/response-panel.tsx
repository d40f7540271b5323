/** What the server made of it. */

import { useEffect, useState } from "preact/hooks";
import { getMessage, type MessageSummary } from "../../api/messages";
import { Badge } from "../../components/badge";
import { Code } from "../../components/code-block";
import { Problem } from "../../components/error-notice";
import { StateBadge } from "../../components/message-state";
import { plural, prettyJson } from "../../lib/format";
import type { Receipt } from "../../publish/results";
import { DEFAULT_USER, href } from "../../router";
import { listen } from "../../store/feed";
import { answer, type Answer } from "./requests";

/** So many are followed; a batch may have thousands. */
const FOLLOWED = 20;

/** The region is always there: what appears in a new one is not read out. */
export function AnswerPanel() {
  const told = answer.value;
  return (
    <section class="outcome" aria-label="Answer of the server">
      <div role="status">{told && !told.error && <Accepted told={told} />}</div>
      {told?.error && (
        <>
          <Problem text={told.error} />
          <p class="faint">{told.status ? `HTTP status ${told.status}. Nothing came of it.` : "Nothing came of it."}</p>
        </>
      )}
    </section>
  );
}

function Accepted({ told: { status, user, text, receipts } }: { told: Answer }) {
  const states = useStates(receipts);
  const shown = receipts.slice(0, FOLLOWED);
  const numbered = receipts.some(({ item }) => item > 0);
  return (
    <>
      <h2>
        <Badge tone="good" icon="check" text="Accepted" /> <span>{summary(receipts)}</span>
      </h2>
      <ul class="receipts">
        {shown.map((receipt) => (
          <li key={`${receipt.item} ${receipt.id}`}>
            <ReceiptLine receipt={receipt} user={user} numbered={numbered} summary={states[receipt.id]} />
          </li>
        ))}
      </ul>
      {receipts.length > shown.length && <p class="faint">and {plural(receipts.length - shown.length, "more", "more")}, in the answer below</p>}
      <details>
        <summary>HTTP status {status}, as JSON</summary>
        <Code text={prettyJson(text) ?? text} what="the answer" label="Answer as JSON" />
      </details>
    </>
  );
}

interface ReceiptProps {
  receipt: Receipt;
  user: string;
  /** Which request of a batch it is from is told. */
  numbered: boolean;
  summary: MessageSummary | undefined;
}

function ReceiptLine({ receipt: { kind, id, url, deduplicated, item }, user, numbered, summary: state }: ReceiptProps) {
  const page = kind === "schedule" ? "schedules" : "messages";
  return (
    <>
      {numbered && <span class="tag">{item + 1}</span>}
      <a class="id" href={href(page, [id], { user: user === DEFAULT_USER ? "" : user })}>
        {id}
      </a>
      {state && <StateBadge state={state.state} due={state.due} />}
      {deduplicated && <Badge tone="warn" icon="stop" text="Duplicate: nothing new" />}
      {url && <span class="url faint">{url}</span>}
    </>
  );
}

function summary(receipts: Receipt[]): string {
  const schedules = receipts.filter(({ kind }) => kind === "schedule").length;
  if (schedules > 0) return plural(schedules, "schedule");
  const fresh = receipts.filter(({ deduplicated }) => !deduplicated).length;
  return fresh === receipts.length ? plural(fresh, "message") : `${plural(fresh, "new message")} of ${receipts.length}`;
}

/** How the new messages fare. */
function useStates(receipts: Receipt[]): Record<string, MessageSummary> {
  const [states, setStates] = useState<Record<string, MessageSummary>>({});
  useEffect(() => {
    setStates({});
    const ids = receipts.filter(({ kind }) => kind === "message").slice(0, FOLLOWED).map(({ id }) => id);
    const abort = new AbortController();
    const heard = (summary: MessageSummary): void => setStates((before) => ({ ...before, [summary.messageId]: summary }));
    const read = (id: string): void => {
      getMessage(id, 0, abort.signal)
        .then((detail) => heard(detail.summary))
        // It may be gone already; its link says so.
        .catch(() => undefined);
    };
    ids.forEach(read);
    const end = listen((news) => {
      if (news === "gap" || news.more) ids.forEach(read);
      else for (const one of news.messages ?? []) if (ids.includes(one.messageId)) heard(one);
    });
    return () => {
      abort.abort();
      end();
    };
  }, [receipts]);
  return states;
}
