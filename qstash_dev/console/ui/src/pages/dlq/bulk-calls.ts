/** Doing something with many entries, a call at a time: with those that were picked, or with all that match. */

import type { Letter, LetterKind, LetterPage } from "../../api/dlq";
import { ApiError } from "../../api/http";

export interface Progress {
  done: number;
  /** How many there were when it began. */
  of: number;
}

export interface Bulk {
  /** Which entries, in calls of at most so many. */
  ids: AsyncIterable<string[]>;
  of: number;
  /** Does it; raises what the server says. */
  act: (ids: string[]) => Promise<unknown>;
  tell: (progress: Progress) => void;
  signal: AbortSignal;
}

/** How many were done. Entries that are gone meanwhile are passed over; any other error ends it. */
export async function runBulk({ ids, of, act, tell, signal }: Bulk): Promise<number> {
  let done = 0;
  for await (const chunk of ids) {
    if (signal.aborted) break;
    done += await actOn(chunk, act);
    tell({ done, of: Math.max(of, done) });
  }
  return done;
}

async function actOn(ids: string[], act: Bulk["act"]): Promise<number> {
  try {
    await act(ids);
    return ids.length;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    if (ids.length === 1) return 0;
    let done = 0;
    for (const id of ids) done += await actOn([id], act);
    return done;
  }
}

/** The entries of one kind among those picked. */
export async function* picked(letters: Iterable<Letter>, kind: LetterKind, size: number): AsyncGenerator<string[]> {
  const ids = [...letters].filter((letter) => letter.kind === kind).map(({ dlqId }) => dlqId);
  for (let at = 0; at < ids.length; at += size) yield await Promise.resolve(ids.slice(at, at + size));
}

/**
 * The entries of one kind among all that match, from the newest on down: whatever dies again meanwhile comes in above,
 * and is not met twice.
 */
export async function* matching(
  read: (cursor: string | undefined, count: number) => Promise<LetterPage>,
  kind: LetterKind,
  size: number,
): AsyncGenerator<string[]> {
  let cursor: string | undefined;
  do {
    const page = await read(cursor, size);
    cursor = page.cursor;
    const ids = page.letters.filter((letter) => letter.kind === kind).map(({ dlqId }) => dlqId);
    if (ids.length > 0) yield ids;
  } while (cursor !== undefined);
}
