/** Doing something with many entries, a call at a time: with those that were picked, or with all that match. */

import type { DlqEntry, DlqEntryKind, DlqPage } from "../../api/dlq";
import { ApiError } from "../../api/http";

export interface BulkProgress {
  done: number;
  /** How many there were when it began. */
  of: number;
}

export interface BulkCalls {
  /** Which entries, in calls of at most so many. */
  ids: AsyncIterable<string[]>;
  of: number;
  /** Does it; raises what the server says. */
  callFor: (ids: string[]) => Promise<unknown>;
  onProgress: (progress: BulkProgress) => void;
  signal: AbortSignal;
}

/** How many were done. Entries that are gone meanwhile are passed over; any other error ends it. */
export async function runBulkCalls({ ids, of, callFor, onProgress, signal }: BulkCalls): Promise<number> {
  let done = 0;
  for await (const chunk of ids) {
    if (signal.aborted) break;
    done += await callOrSplit(chunk, callFor);
    onProgress({ done, of: Math.max(of, done) });
  }
  return done;
}

async function callOrSplit(ids: string[], act: BulkCalls["callFor"]): Promise<number> {
  try {
    await act(ids);
    return ids.length;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    if (ids.length === 1) return 0;
    let done = 0;
    for (const id of ids) done += await callOrSplit([id], act);
    return done;
  }
}

/** The entries of one kind among those picked. */
export async function* selectedIds(entries: Iterable<DlqEntry>, kind: DlqEntryKind, size: number): AsyncGenerator<string[]> {
  const ids = [...entries].filter((entry) => entry.kind === kind).map(({ dlqId }) => dlqId);
  for (let at = 0; at < ids.length; at += size) yield await Promise.resolve(ids.slice(at, at + size));
}

/**
 * The entries of one kind among all that match, from the newest on down: whatever dies again meanwhile comes in above,
 * and is not met twice.
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
