/** What is being written, for as long as the tab lives: other pages do not lose it. */

import { computed, signal } from "@preact/signals";
import { draftOfForm, emptyForm, type Faults, type Form, isPristine, type Path, withValue } from "../../publish/form";
import type { Receipt } from "../../publish/results";

export interface Entry {
  key: number;
  form: Form;
  faults: Faults;
}

/** What the server said to what was sent last. */
export interface Answer {
  status: number;
  user: string;
  text: string;
  receipts: Receipt[];
  /** What was wrong, empty if it was accepted. */
  error: string;
}

export interface Origin {
  id: string;
  user: string;
  warnings: string[];
}

let made = 0;

export const entryOf = (form: Form, faults: Faults = {}): Entry => ({ key: (made += 1), form, faults });

/** More than one is a batch. */
export const entries = signal<Entry[]>([entryOf(emptyForm())]);
export const chosen = signal(0);
export const answer = signal<Answer | null>(null);
export const sending = signal(false);
/** The message that the forms were filled from. */
export const origin = signal<Origin | null>(null);

/** What was there before it was replaced. */
export const replaced = signal<{ entries: Entry[]; origin: Origin | null } | null>(null);

export const entry = computed(() => entries.value[chosen.value] ?? entries.value[0] ?? entryOf(emptyForm()));
export const inBatch = computed(() => entries.value.length > 1);
export const drafts = computed(() => entries.value.map(({ form }) => draftOfForm(form)));

/** Whatever was said about these fields is no longer about what stands in them. */
export function change(patch: Partial<Form>, fields: string[]): void {
  const { key } = entry.value;
  forgetError();
  entries.value = entries.value.map((one) =>
    one.key === key ? { ...one, form: { ...one.form, ...patch }, faults: without(one.faults, fields) } : one,
  );
}

export function changeText(path: Path, text: string): void {
  change(withValue(entry.value.form, path, text), [path]);
}

export function add(): void {
  forgetError();
  // Where it goes and how is often the same.
  entries.value = [...entries.value, entryOf(entry.value.form)];
  chosen.value = entries.value.length - 1;
}

export function remove(): void {
  const { key } = entry.value;
  forgetError();
  entries.value = entries.value.filter((one) => one.key !== key);
  chosen.value = Math.max(0, chosen.value - 1);
}

/** Put something else in its place; what somebody wrote can be brought back. */
export function replace(forms: Form[], from: Origin | null): void {
  const before = { entries: entries.value, origin: origin.value };
  replaced.value = before.entries.every(({ form }) => isPristine(form)) ? null : before;
  entries.value = forms.map((form) => entryOf(form));
  chosen.value = 0;
  origin.value = from;
  answer.value = null;
}

export function bringBack(): void {
  if (!replaced.value) return;
  ({ entries: entries.value, origin: origin.value } = replaced.value);
  replaced.value = null;
  chosen.value = 0;
  answer.value = null;
}

/** What was accepted stays true, what was wrong does not. */
function forgetError(): void {
  if (answer.value?.error) answer.value = null;
}

function without(faults: Faults, fields: string[]): Faults {
  return Object.fromEntries(Object.entries(faults).filter(([field]) => !fields.includes(field)));
}
