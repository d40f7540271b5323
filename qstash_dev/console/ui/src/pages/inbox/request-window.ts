/** A window on what an inbox caught, newest first, that grows with it while the reader is at the top. */

import { batch, signal } from "@preact/signals";
import { errorMessage } from "../../api/http";
import type { Inbox, InboxQuery, InboxRequest } from "../../api/inboxes";

export const PAGE = 100;

/** No more rows than this, however far somebody scrolls. */
export const MOST_ROWS = 2000;

export type RequestSource = (query: InboxQuery, signal: AbortSignal) => Promise<Inbox | null>;

/** The number of the latest request that ever came. */
export function latestNumber({ first, received, forgotten }: Inbox): number {
  return first + received - forgotten - 1;
}

/** The rows with what is new above them; those that the inbox has forgotten are gone. */
export function withNewer(rows: InboxRequest[], answer: Inbox): InboxRequest[] {
  const known = rows[0]?.number ?? 0;
  const newer = answer.requests.filter(({ number }) => number > known).toReversed();
  const oldest = newer.at(-1);
  // What lies between is not known: begin anew rather than leave a hole.
  const kept = oldest && oldest.number > known + 1 ? [] : rows;
  return [...newer, ...kept].filter(({ number }) => number >= answer.first).slice(0, MOST_ROWS);
}

export class RequestWindow {
  readonly rows = signal<InboxRequest[]>([]);
  readonly inbox = signal<Inbox | null>(null);
  readonly error = signal("");
  /** Whether nothing has ever been sent to it. */
  readonly missing = signal(false);
  /** New requests that are not shown because the reader is further down. */
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

  /** Read what is new. */
  async refresh(): Promise<void> {
    const known = this.rows.value[0]?.number ?? 0;
    await this.read({ after: known, last: this.atTop ? PAGE : 0, trimBody: 0 }, (answer) => {
      const latest = latestNumber(answer);
      if (latest < known) {
        // Another life of the server counts from one again.
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

  /** Read the next older ones. */
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
