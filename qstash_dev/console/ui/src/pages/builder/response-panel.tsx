/** The response of the server to what was sent, with the states of the new messages. */

import { useEffect, useState } from "preact/hooks";
import { getMessage } from "../../api/messages";
import type { MessageSummary } from "../../api/types";
import { Badge } from "../../components/badge";
import { CodeBlock } from "../../components/code-block";
import { ErrorNotice } from "../../components/error-notice";
import { MessageStateBadge } from "../../components/message-state";
import { plural, prettyJson } from "../../lib/format";
import type { PublishResult } from "../../publish/results";
import { DEFAULT_USER, href } from "../../router";
import { listen } from "../../store/feed";
import { response, type ServerResponse } from "./requests";

/** The most messages whose state is shown; a batch may have thousands. */
const FOLLOWED = 20;

/** The region is always present: screen readers announce only changes inside an existing one. */
export function ResponsePanel() {
  const received = response.value;
  return (
    <section class="outcome" aria-label="Answer of the server">
      <div role="status">{received && !received.error && <Accepted received={received} />}</div>
      {received?.error && (
        <>
          <ErrorNotice text={received.error} />
          <p class="faint">{received.status ? `HTTP status ${received.status}. Nothing was published.` : "Nothing was published."}</p>
        </>
      )}
    </section>
  );
}

function Accepted({ received: { status, user, text, results } }: { received: ServerResponse }) {
  const states = useStates(results);
  const shown = results.slice(0, FOLLOWED);
  const numbered = results.some(({ item }) => item > 0);
  return (
    <>
      <h2>
        <Badge tone="good" icon="check" text="Accepted" /> <span>{summary(results)}</span>
      </h2>
      <ul class="receipts">
        {shown.map((result) => (
          <li key={`${result.item} ${result.id}`}>
            <ResultLine result={result} user={user} numbered={numbered} summary={states[result.id]} />
          </li>
        ))}
      </ul>
      {results.length > shown.length && <p class="faint">and {plural(results.length - shown.length, "more", "more")}, in the answer below</p>}
      <details>
        <summary>HTTP status {status}, as JSON</summary>
        <CodeBlock text={prettyJson(text) ?? text} what="the answer" label="Answer as JSON" />
      </details>
    </>
  );
}

interface ResultProps {
  result: PublishResult;
  user: string;
  /** Whether to show the number of the request in the batch. */
  numbered: boolean;
  summary: MessageSummary | undefined;
}

function ResultLine({ result: { kind, id, url, deduplicated, item }, user, numbered, summary: state }: ResultProps) {
  const page = kind === "schedule" ? "schedules" : "messages";
  return (
    <>
      {numbered && <span class="tag">{item + 1}</span>}
      <a class="id" href={href(page, [id], { user: user === DEFAULT_USER ? "" : user })}>
        {id}
      </a>
      {state && <MessageStateBadge state={state.state} due={state.due} />}
      {deduplicated && <Badge tone="warn" icon="stop" text="Duplicate: no new message" />}
      {url && <span class="url faint">{url}</span>}
    </>
  );
}

function summary(results: PublishResult[]): string {
  const schedules = results.filter(({ kind }) => kind === "schedule").length;
  if (schedules > 0) return plural(schedules, "schedule");
  const fresh = results.filter(({ deduplicated }) => !deduplicated).length;
  return fresh === results.length ? plural(fresh, "message") : `${plural(fresh, "new message")} of ${results.length}`;
}

/** The current states of the new messages, by id. */
function useStates(results: PublishResult[]): Record<string, MessageSummary> {
  const [states, setStates] = useState<Record<string, MessageSummary>>({});
  useEffect(() => {
    setStates({});
    const ids = results.filter(({ kind }) => kind === "message").slice(0, FOLLOWED).map(({ id }) => id);
    const abort = new AbortController();
    const receive = (summary: MessageSummary): void => setStates((before) => ({ ...before, [summary.messageId]: summary }));
    const read = (id: string): void => {
      getMessage(id, 0, abort.signal)
        .then((detail) => receive(detail.summary))
        // The message may be gone already; its page says so.
        .catch(() => undefined);
    };
    ids.forEach(read);
    const end = listen((news) => {
      if (news === "gap" || news.more) ids.forEach(read);
      else for (const one of news.messages ?? []) if (ids.includes(one.messageId)) receive(one);
    });
    return () => {
      abort.abort();
      end();
    };
  }, [results]);
  return states;
}
