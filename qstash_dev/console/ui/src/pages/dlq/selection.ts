/** The selected entries. */

import { signal } from "@preact/signals";
import type { DlqEntry, DlqEntryKind } from "../../api/types";

export const selected = signal<ReadonlyMap<string, DlqEntry>>(new Map());

export function select(entry: DlqEntry, on: boolean): void {
  const next = new Map(selected.value);
  if (on) next.set(entry.dlqId, entry);
  else next.delete(entry.dlqId);
  selected.value = next;
}

export function selectAll(entries: DlqEntry[]): void {
  selected.value = new Map(entries.map((entry) => [entry.dlqId, entry]));
}

export function selectNone(): void {
  if (selected.value.size > 0) selected.value = new Map();
}

export function countByKind(entries: Iterable<DlqEntry>): Record<DlqEntryKind, number> {
  const counts = { message: 0, run: 0 };
  for (const { kind } of entries) counts[kind] += 1;
  return counts;
}
