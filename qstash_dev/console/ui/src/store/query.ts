/** A query to the server that is repeated when its answer may have changed; the last answer stays until the next. */

import { batch, signal } from "@preact/signals";
import { errorMessage } from "../api/http";

/** After each request there is a pause of this many times its duration, so that slow queries do not load the server. */
const REST_FACTOR = 4;

export type QuerySource<T> = (signal: AbortSignal) => Promise<T>;
type Later = (work: () => void, ms: number) => unknown;

export class ServerQuery<T> {
  /** Null until the first answer. */
  readonly value = signal<T | null>(null);
  readonly error = signal("");
  private abort: AbortController | null = null;
  private stale = false;
  private closed = false;

  constructor(
    private readonly source: QuerySource<T>,
    private readonly later: Later = (work, ms) => setTimeout(work, ms),
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** Something has changed: queries again. If a request is under way, another follows it. */
  changed(): void {
    if (this.abort) this.stale = true;
    else void this.refresh();
  }

  /** Queries now; a request under way is aborted. */
  async refresh(): Promise<void> {
    if (this.closed) return;
    this.abort?.abort();
    const abort = new AbortController();
    const begun = this.clock();
    this.abort = abort;
    this.stale = false;
    await this.read(abort.signal);
    if (abort !== this.abort) return;
    this.later(
      () => {
        if (abort !== this.abort) return;
        this.abort = null;
        if (this.stale) void this.refresh();
      },
      REST_FACTOR * (this.clock() - begun),
    );
  }

  close(): void {
    this.closed = true;
    this.abort?.abort();
    this.abort = null;
  }

  private async read(signal: AbortSignal): Promise<void> {
    try {
      const value = await this.source(signal);
      if (signal.aborted) return;
      batch(() => {
        this.value.value = value;
        this.error.value = "";
      });
    } catch (problem) {
      if (!signal.aborted) this.error.value = errorMessage(problem);
    }
  }
}
