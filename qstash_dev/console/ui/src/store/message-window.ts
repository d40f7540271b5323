/**
 * A window of the list of messages, newest first, which stays current while its first row is in view.
 *
 * The number of rows it holds is bounded: a new window continues the list from a cursor.
 */

import { batch, signal } from "@preact/signals";
import { errorMessage } from "../api/http";
import type { FeedChange, MessagePage, MessageSummary } from "../api/types";

export const PAGE = 100;

/** The most rows while the window is at the top: new rows push out the oldest. */
export const MOST_AT_TOP = 500;

/** The most rows that scrolling loads; a new window continues from there. */
export const MOST_ROWS = 5000;
const REFRESH_MS = 1000;

/** Reads `count` messages after `cursor`. */
export type MessageSource = (cursor: string | undefined, count: number, signal: AbortSignal) => Promise<MessagePage>;

export interface WindowOptions {
  /** Whether the list is filtered; then only the server knows which new messages belong to it. */
  filtered: boolean;
  /** The cursor at which the window starts, if not at the newest message. */
  from?: string;
  /** Replaces `setTimeout` in tests. */
  later?: (work: () => void, ms: number) => void;
}

export function cursorAfter({ createdAt, messageId }: MessageSummary): string {
  return `${createdAt}-${messageId}`;
}

export class MessageWindow {
  readonly rows = signal<MessageSummary[]>([]);
  readonly loading = signal(false);
  readonly error = signal("");
  /** The cursor of older messages; empty at the end of the list. */
  readonly cursor = signal("");
  /** Number of new messages that are not shown because the list is scrolled down. */
  readonly unseen = signal(0);
  /** Whether the first page has been read. */
  readonly ready = signal(false);
  private atTop = true;
  private seqs = new Map<string, number>();
  private abort = new AbortController();
  private refreshing = false;
  private lastRefresh = 0;

  constructor(
    private readonly source: MessageSource,
    private readonly options: WindowOptions,
  ) {}

  get full(): boolean {
    return this.rows.value.length >= MOST_ROWS;
  }

  close(): void {
    this.abort.abort();
  }

  /** Reads the first page of the window and drops the others. */
  async refresh(): Promise<void> {
    await this.read(this.options.from, PAGE, (page) => {
      this.rows.value = this.newest(page);
      this.seqs = new Map(this.rows.value.map(({ messageId }) => [messageId, this.seqs.get(messageId) ?? page.seq]));
      this.cursor.value = page.cursor ?? "";
      this.unseen.value = 0;
    });
  }

  /** Reads the next older page. */
  async more(): Promise<void> {
    const cursor = this.cursor.value;
    if (!cursor || this.loading.value || this.full) return;
    await this.read(cursor, PAGE, (page) => {
      const known = new Set(this.rows.value.map(({ messageId }) => messageId));
      const older = page.messages.filter(({ messageId }) => !known.has(messageId));
      for (const { messageId } of older) this.seqs.set(messageId, page.seq);
      this.rows.value = [...this.rows.value, ...older];
      this.cursor.value = page.cursor ?? "";
    });
  }

  /** Whether the first row is in view. Only then do new rows appear, as they would move the rows being read. */
  setAtTop(atTop: boolean): void {
    this.atTop = atTop;
    if (atTop && this.unseen.value > 0) void this.refresh();
  }

  /** Applies a change of the feed. */
  apply(news: FeedChange | "gap"): void {
    if (news === "gap") {
      void this.refresh();
      return;
    }
    const changed = news.messages ?? [];
    if (changed.length === 0) return;
    batch(() => {
      this.update(changed, news.seq);
      const known = new Set(this.rows.value.map(({ messageId }) => messageId));
      const fresh = changed.filter(({ messageId }) => !known.has(messageId));
      if (this.options.from !== undefined) return;
      if (this.options.filtered || (news.more ?? 0) > 0) this.refreshSoon(fresh.length);
      else this.insert(fresh, news.seq);
    });
  }

  private update(changed: MessageSummary[], seq: number): void {
    const newer = new Map(
      changed
        .filter(({ messageId }) => (this.seqs.get(messageId) ?? Infinity) <= seq)
        .map((message) => [message.messageId, message]),
    );
    if (newer.size === 0) return;
    for (const messageId of newer.keys()) this.seqs.set(messageId, seq);
    this.rows.value = this.rows.value.map((row) => newer.get(row.messageId) ?? row);
  }

  private insert(fresh: MessageSummary[], seq: number): void {
    const bottom = this.cursor.value ? this.rows.value.at(-1)?.createdAt : undefined;
    const within = fresh.filter(({ createdAt }) => bottom === undefined || createdAt >= bottom);
    if (within.length === 0) return;
    if (!this.atTop) {
      this.unseen.value += within.length;
      return;
    }
    for (const { messageId } of within) this.seqs.set(messageId, seq);
    const rows = [...within, ...this.rows.value].sort((a, b) => b.createdAt - a.createdAt);
    const dropped = rows.splice(MOST_AT_TOP);
    for (const { messageId } of dropped) this.seqs.delete(messageId);
    const last = rows.at(-1);
    if (dropped.length > 0 && last) this.cursor.value = cursorAfter(last);
    this.rows.value = rows;
  }

  /** Refreshes when the feed cannot tell which messages belong here, at most once a second. */
  private refreshSoon(fresh: number): void {
    if (!this.atTop) {
      this.unseen.value += fresh;
      return;
    }
    if (this.refreshing) return;
    this.refreshing = true;
    const later = this.options.later ?? setTimeout;
    later(
      () => {
        this.refreshing = false;
        if (this.atTop && !this.abort.signal.aborted) void this.refresh();
      },
      Math.max(0, this.lastRefresh + REFRESH_MS - performance.now()),
    );
  }

  /** The rows of a page, except where the feed has meanwhile brought a later state. */
  private newest(page: MessagePage): MessageSummary[] {
    const present = new Map(this.rows.value.map((row) => [row.messageId, row]));
    return page.messages.map((row) => {
      const seq = this.seqs.get(row.messageId);
      const known = present.get(row.messageId);
      if (seq !== undefined && seq > page.seq && known) return known;
      this.seqs.delete(row.messageId);
      return row;
    });
  }

  private async read(cursor: string | undefined, count: number, take: (page: MessagePage) => void): Promise<void> {
    const { signal } = this.abort;
    this.loading.value = true;
    this.lastRefresh = performance.now();
    try {
      const page = await this.search(cursor, count, signal);
      if (signal.aborted) return;
      batch(() => {
        take(page);
        this.error.value = "";
      });
    } catch (error) {
      if (!signal.aborted) this.error.value = errorMessage(error);
    } finally {
      this.loading.value = false;
      this.ready.value = true;
    }
  }

  /** The server examines a limited number of messages per request: repeats until the page is full or the list ends. */
  private async search(cursor: string | undefined, count: number, signal: AbortSignal): Promise<MessagePage> {
    const page = await this.source(cursor, count, signal);
    while (page.cursor && page.messages.length < count && !signal.aborted) {
      const next = await this.source(page.cursor, count - page.messages.length, signal);
      page.messages.push(...next.messages);
      page.lookedAt += next.lookedAt;
      if (next.cursor) page.cursor = next.cursor;
      else delete page.cursor;
    }
    return page;
  }
}
