/**
 * A list that is read page by page, newest first, and refreshed while its first row is in view.
 *
 * The number of rows it holds is bounded.
 */

import { batch, signal } from "@preact/signals";
import { errorMessage } from "../api/http";

export const PAGE = 100;

/** The most rows that scrolling loads; filters lead to the others. */
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
  /** The cursor of the next page; empty at the end of the list. */
  readonly cursor = signal("");
  /** Whether the list has changed while it was scrolled down. */
  readonly stale = signal(false);
  /** Whether the first page has been read. */
  readonly ready = signal(false);
  private atTop = true;
  private abort = new AbortController();
  /** Number of requests so far: the answer to an older one is ignored. */
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

  /** Something has changed: reads the first page again if it is in view. */
  async changed(): Promise<void> {
    if (this.atTop) await this.refresh();
    else this.stale.value = true;
  }

  /** Reads the first page and drops the others. */
  async refresh(): Promise<void> {
    await this.read(undefined, (page) => {
      this.rows.value = page.rows;
      this.stale.value = false;
    });
  }

  /** Reads the next page. */
  async more(): Promise<void> {
    const cursor = this.cursor.value;
    if (!cursor || this.loading.value || this.full) return;
    await this.read(cursor, (page) => {
      const known = new Set(this.rows.value.map(this.keyOf));
      this.rows.value = [...this.rows.value, ...page.rows.filter((row) => !known.has(this.keyOf(row)))];
    });
  }

  /** Removes rows that no longer exist, at every scroll position. */
  remove(keys: ReadonlySet<string>): void {
    this.rows.value = this.rows.value.filter((row) => !keys.has(this.keyOf(row)));
  }

  /** Whether the first row is in view; only then is the list refreshed by itself. */
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
