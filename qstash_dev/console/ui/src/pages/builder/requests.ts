/** What is being written, for as long as the tab lives: other pages do not lose it. */

import { computed, signal } from "@preact/signals";
import {
  draftOfForm,
  emptyForm,
  type FieldPath,
  type Form,
  type FormErrors,
  isPristine,
  withValue,
} from "../../publish/form";
import type { PublishResult } from "../../publish/results";

export interface RequestForm {
  key: number;
  form: Form;
  errors: FormErrors;
}

/** What the server said to what was sent last. */
export interface ServerResponse {
  status: number;
  user: string;
  text: string;
  results: PublishResult[];
  /** What was wrong, empty if it was accepted. */
  error: string;
}

export interface SourceMessage {
  id: string;
  user: string;
  warnings: string[];
}

let lastKey = 0;

export const newRequest = (form: Form, errors: FormErrors = {}): RequestForm => ({ key: (lastKey += 1), form, errors });

/** More than one is a batch. */
export const requests = signal<RequestForm[]>([newRequest(emptyForm())]);
export const chosen = signal(0);
export const response = signal<ServerResponse | null>(null);
export const sending = signal(false);
/** The message that the forms were filled from. */
export const sourceMessage = signal<SourceMessage | null>(null);

/** What was there before it was replaced. */
export const replaced = signal<{ entries: RequestForm[]; origin: SourceMessage | null } | null>(null);

export const current = computed(() => requests.value[chosen.value] ?? requests.value[0] ?? newRequest(emptyForm()));
export const inBatch = computed(() => requests.value.length > 1);
export const drafts = computed(() => requests.value.map(({ form }) => draftOfForm(form)));

/** Whatever was said about these fields is no longer about what stands in them. */
export function change(patch: Partial<Form>, fields: string[]): void {
  const { key } = current.value;
  clearError();
  requests.value = requests.value.map((one) =>
    one.key === key ? { ...one, form: { ...one.form, ...patch }, errors: without(one.errors, fields) } : one,
  );
}

export function changeText(path: FieldPath, text: string): void {
  change(withValue(current.value.form, path, text), [path]);
}

export function addRequest(): void {
  clearError();
  // Where it goes and how is often the same.
  requests.value = [...requests.value, newRequest(current.value.form)];
  chosen.value = requests.value.length - 1;
}

export function removeRequest(): void {
  const { key } = current.value;
  clearError();
  requests.value = requests.value.filter((one) => one.key !== key);
  chosen.value = Math.max(0, chosen.value - 1);
}

/** Put something else in its place; what somebody wrote can be brought back. */
export function replaceRequests(forms: Form[], from: SourceMessage | null): void {
  const before = { entries: requests.value, origin: sourceMessage.value };
  replaced.value = before.entries.every(({ form }) => isPristine(form)) ? null : before;
  requests.value = forms.map((form) => newRequest(form));
  chosen.value = 0;
  sourceMessage.value = from;
  response.value = null;
}

export function restoreReplaced(): void {
  if (!replaced.value) return;
  ({ entries: requests.value, origin: sourceMessage.value } = replaced.value);
  replaced.value = null;
  chosen.value = 0;
  response.value = null;
}

/** What was accepted stays true, what was wrong does not. */
function clearError(): void {
  if (response.value?.error) response.value = null;
}

function without(errors: FormErrors, fields: string[]): FormErrors {
  return Object.fromEntries(Object.entries(errors).filter(([field]) => !fields.includes(field)));
}
