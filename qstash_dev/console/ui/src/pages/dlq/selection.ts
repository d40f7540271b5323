/** The entries that the reader has picked. */

import { signal } from "@preact/signals";
import type { Letter, LetterKind } from "../../api/dlq";

export const selected = signal<ReadonlyMap<string, Letter>>(new Map());

export function pick(letter: Letter, on: boolean): void {
  const next = new Map(selected.value);
  if (on) next.set(letter.dlqId, letter);
  else next.delete(letter.dlqId);
  selected.value = next;
}

export function pickAll(letters: Letter[]): void {
  selected.value = new Map(letters.map((letter) => [letter.dlqId, letter]));
}

export function pickNone(): void {
  if (selected.value.size > 0) selected.value = new Map();
}

/** Entries that are gone are no longer picked. */
export function forget(ids: ReadonlySet<string>): void {
  selected.value = new Map([...selected.value].filter(([id]) => !ids.has(id)));
}

export function countPicked(letters: Iterable<Letter>): Record<LetterKind, number> {
  const counts = { message: 0, run: 0 };
  for (const { kind } of letters) counts[kind] += 1;
  return counts;
}
