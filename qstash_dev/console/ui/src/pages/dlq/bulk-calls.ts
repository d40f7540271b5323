/** Requests of a bulk job, one after the other: for the selected entries, or for all that match the filters. */

import { ApiError } from "../../api/http";
import type { DlqEntry, DlqEntryKind, DlqPage } from "../../api/types";

export interface BulkProgress {
  done: number;
  /** Number of entries when the job began. */
  of: number;
}

export interface BulkCalls {
  /** The ids of each request. */
  ids: AsyncIterable<string[]>;
  of: number;
  /** Sends one request; throws an ApiError if the server refuses it. */
  callFor: (ids: string[]) => Promise<unknown>;
  onProgress: (progress: BulkProgress) => void;
  signal: AbortSignal;
}

/** Sends all requests and returns the number of entries done. Entries that no longer exist are skipped. */
export async function runBulkCalls({ ids, of, callFor, onProgress, signal }: BulkCalls): Promise<number> {
  let done = 0;
  for await (const chunk of ids) {
    if (signal.aborted) break;
    done += await callOrSplit(chunk, callFor);
    onProgress({ done, of: Math.max(of, done) });
  }
  return done;
}

async function callOrSplit(ids: string[], callFor: BulkCalls["callFor"]): Promise<number> {
  try {
    await callFor(ids);
    return ids.length;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    if (ids.length === 1) return 0;
    let done = 0;
    for (const id of ids) done += await callOrSplit([id], callFor);
    return done;
  }
}

/** The ids of the selected entries of one kind, in requests of at most `size`. */
export async function* selectedIds(entries: Iterable<DlqEntry>, kind: DlqEntryKind, size: number): AsyncGenerator<string[]> {
  const ids = [...entries].filter((entry) => entry.kind === kind).map(({ dlqId }) => dlqId);
  for (let at = 0; at < ids.length; at += size) yield await Promise.resolve(ids.slice(at, at + size));
}

/**
 * The ids of all matching entries of one kind, from the newest to the oldest: an entry that fails again meanwhile
 * becomes the newest and is not returned twice.
 */
export async function* matchingIds(
  read: (cursor: string | undefined, count: number) => Promise<DlqPage>,
  kind: DlqEntryKind,
  size: number,
): AsyncGenerator<string[]> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor, size);
    cursor = page.cursor;
    const ids = page.letters.filter((entry) => entry.kind === kind).map(({ dlqId }) => dlqId);
    if (ids.length > 0) yield ids;
  } while (cursor !== undefined);
}
