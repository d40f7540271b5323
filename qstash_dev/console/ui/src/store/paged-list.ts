/**
 * A list that is read a page at a time, newest first, and read again while its beginning is in view.
 *
 * It holds a bounded number of rows however many there are.
 */

import { batch, signal } from "@preact/signals";
import { errorMessage } from "../api/http";

export const PAGE = 100;

/** Whoever scrolls on gets no more than this; filters lead to the rest. */
export const MOST_ROWS = 5000;

export interface Page<Row> {
  rows: Row[];
  cursor?: string;
}

export type PageSource<Row> = (cursor: string | undefined, count: number, signal: AbortSignal) => Promise<Page<Row>>;

export class PagedList<Row> {
  readonly rows = signal<Row[]>([]);
  readonly loading = signal(false);
  readonly error = signal("");
  /** Leads on to older rows; empty at the end of the list. */
  readonly cursor = signal("");
  /** Whether the list has changed since, while the reader was further down. */
  readonly stale = signal(false);
  /** Whether anything was read yet. */
  readonly ready = signal(false);
  private atTop = true;
  private abort = new AbortController();
  /** Grows with every page that is asked for: what an older question brings is no answer any more. */
  private asked = 0;

  constructor(
    private readonly source: PageSource<Row>,
    private readonly keyOf: (row: Row) => string,
  ) {}

  get full(): boolean {
    return this.rows.value.length >= MOST_ROWS;
  }

  close(): void {
    this.abort.abort();
  }

  /** Something has changed: read the beginning again if it is in view. */
  async changed(): Promise<void> {
    if (this.atTop) await this.refresh();
    else this.stale.value = true;
  }

  /** Read the first page and forget the others. */
  async refresh(): Promise<void> {
    await this.read(undefined, (page) => {
      this.rows.value = page.rows;
      this.stale.value = false;
    });
  }

  /** Read the next page. */
  async more(): Promise<void> {
    const cursor = this.cursor.value;
    if (!cursor || this.loading.value || this.full) return;
    await this.read(cursor, (page) => {
      const known = new Set(this.rows.value.map(this.keyOf));
      this.rows.value = [...this.rows.value, ...page.rows.filter((row) => !known.has(this.keyOf(row)))];
    });
  }

  /** Take rows out that are known to be gone, wherever the reader is. */
  remove(keys: ReadonlySet<string>): void {
    this.rows.value = this.rows.value.filter((row) => !keys.has(this.keyOf(row)));
  }

  /** Whether the reader sees the first row; only then the list moves by itself. */
  setAtTop(atTop: boolean): void {
    this.atTop = atTop;
    if (atTop && this.stale.value) void this.refresh();
  }

  private async read(cursor: string | undefined, take: (page: Page<Row>) => void): Promise<void> {
    const { signal } = this.abort;
    const mine = ++this.asked;
    this.loading.value = true;
    try {
      const page = await this.source(cursor, PAGE, signal);
      if (signal.aborted || mine !== this.asked) return;
      batch(() => {
        take(page);
        this.cursor.value = page.cursor ?? "";
        this.error.value = "";
      });
    } catch (error) {
      if (!signal.aborted && mine === this.asked) this.error.value = errorMessage(error);
    } finally {
      if (mine === this.asked) {
        this.loading.value = false;
        this.ready.value = true;
      }
    }
  }
}
