/** Something that the server tells: read again when it may have changed, and shown meanwhile as it was. */

import { batch, signal } from "@preact/signals";
import { errorMessage } from "../api/http";

/** Of the time that a reading took, that many times is left to the server and the page before the next. */
const REST_FACTOR = 4;

export type QuerySource<T> = (signal: AbortSignal) => Promise<T>;
type Later = (work: () => void, ms: number) => unknown;

export class ServerQuery<T> {
  /** Null until it was read. */
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

  /** Something has happened. A reading that is under way may be too old: then there is another one. */
  changed(): void {
    if (this.abort) this.stale = true;
    else void this.refresh();
  }

  /** Read now; the answer to what was asked before is not waited for. */
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
