/** The requests of an inbox, newest first, kept current while the top of the list is in view. */

import { batch, signal } from "@preact/signals";
import { errorMessage } from "../../api/http";
import type { InboxQuery } from "../../api/inboxes";
import type { Inbox, InboxRequest } from "../../api/types";

export const PAGE = 100;

/** The most rows that scrolling loads. */
export const MOST_ROWS = 2000;

export type RequestSource = (query: InboxQuery, signal: AbortSignal) => Promise<Inbox | null>;

/** The number of the latest request. */
export function latestNumber({ first, received, forgotten }: Inbox): number {
  return first + received - forgotten - 1;
}

/** The rows with new requests above them, without those that the inbox no longer keeps. */
export function withNewer(rows: InboxRequest[], answer: Inbox): InboxRequest[] {
  const known = rows[0]?.number ?? 0;
  const newer = answer.requests.filter(({ number }) => number > known).toReversed();
  const oldest = newer.at(-1);
  // Requests in between are unknown: starts a new list rather than leave a gap.
  const kept = oldest && oldest.number > known + 1 ? [] : rows;
  return [...newer, ...kept].filter(({ number }) => number >= answer.first).slice(0, MOST_ROWS);
}

export class RequestWindow {
  readonly rows = signal<InboxRequest[]>([]);
  readonly inbox = signal<Inbox | null>(null);
  readonly error = signal("");
  /** Whether the inbox does not exist yet. */
  readonly missing = signal(false);
  /** Number of new requests that are not shown because the list is scrolled down. */
  readonly unseen = signal(0);
  private atTop = true;
  private busy = false;
  private abort = new AbortController();

  constructor(private readonly source: RequestSource) {}

  close(): void {
    this.abort.abort();
  }

  setAtTop(atTop: boolean): void {
    this.atTop = atTop;
    if (atTop && this.unseen.value > 0) void this.refresh();
  }

  /** Reads new requests. */
  async refresh(): Promise<void> {
    const known = this.rows.value[0]?.number ?? 0;
    await this.read({ after: known, last: this.atTop ? PAGE : 0, trimBody: 0 }, (answer) => {
      const latest = latestNumber(answer);
      if (latest < known) {
        // After a restart or reset of the server, numbers begin at one again.
        this.rows.value = [];
        this.unseen.value = 0;
        queueMicrotask(() => void this.refresh());
      } else if (this.atTop || this.rows.value.length === 0) {
        this.rows.value = withNewer(this.rows.value, answer);
        this.unseen.value = 0;
      } else {
        this.rows.value = this.rows.value.filter(({ number }) => number >= answer.first);
        this.unseen.value = latest - known;
      }
    });
  }

  /** Reads the next older requests. */
  async more(): Promise<void> {
    const oldest = this.rows.value.at(-1)?.number ?? 0;
    const first = this.inbox.value?.first ?? oldest;
    if (this.busy || oldest <= first || this.rows.value.length >= MOST_ROWS) return;
    this.busy = true;
    await this.read({ before: oldest, last: PAGE, trimBody: 0 }, (answer) => {
      this.rows.value = [...this.rows.value, ...answer.requests.toReversed()];
    });
    this.busy = false;
  }

  private async read(query: InboxQuery, take: (answer: Inbox) => void): Promise<void> {
    const { signal } = this.abort;
    try {
      const answer = await this.source(query, signal);
      if (signal.aborted) return;
      batch(() => {
        this.inbox.value = answer;
        this.error.value = "";
        this.missing.value = answer === null;
        if (answer) take(answer);
        else this.rows.value = [];
      });
    } catch (error) {
      if (!signal.aborted) this.error.value = errorMessage(error);
    }
  }
}
