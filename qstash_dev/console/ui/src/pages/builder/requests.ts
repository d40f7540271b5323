/** The requests in the builder, kept while other pages are shown, until the tab is closed. */

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

/** The response of the server to what was sent last. */
export interface ServerResponse {
  status: number;
  user: string;
  text: string;
  results: PublishResult[];
  /** The error; empty if the request was accepted. */
  error: string;
}

export interface SourceMessage {
  id: string;
  user: string;
  warnings: string[];
}

let lastKey = 0;

export const newRequest = (form: Form, errors: FormErrors = {}): RequestForm => ({ key: (lastKey += 1), form, errors });

/** The requests; more than one form a batch. */
export const requests = signal<RequestForm[]>([newRequest(emptyForm())]);
export const chosen = signal(0);
export const response = signal<ServerResponse | null>(null);
export const sending = signal(false);
/** The message that the form was filled from. */
export const sourceMessage = signal<SourceMessage | null>(null);

/** The requests before they were replaced. */
export const replaced = signal<{ requests: RequestForm[]; source: SourceMessage | null } | null>(null);

export const current = computed(() => requests.value[chosen.value] ?? requests.value[0] ?? newRequest(emptyForm()));
export const inBatch = computed(() => requests.value.length > 1);
export const drafts = computed(() => requests.value.map(({ form }) => draftOfForm(form)));

/** Changes the form and clears the errors of the changed fields. */
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
  // The new request starts as a copy: destination and options are often the same.
  requests.value = [...requests.value, newRequest(current.value.form)];
  chosen.value = requests.value.length - 1;
}

export function removeRequest(): void {
  const { key } = current.value;
  clearError();
  requests.value = requests.value.filter((one) => one.key !== key);
  chosen.value = Math.max(0, chosen.value - 1);
}

/** Replaces the requests; `restoreReplaced` brings the earlier ones back. */
export function replaceRequests(forms: Form[], from: SourceMessage | null): void {
  const before = { requests: requests.value, source: sourceMessage.value };
  replaced.value = before.requests.every(({ form }) => isPristine(form)) ? null : before;
  requests.value = forms.map((form) => newRequest(form));
  chosen.value = 0;
  sourceMessage.value = from;
  response.value = null;
}

export function restoreReplaced(): void {
  if (!replaced.value) return;
  ({ requests: requests.value, source: sourceMessage.value } = replaced.value);
  replaced.value = null;
  chosen.value = 0;
  response.value = null;
}

/** Clears the response if it was an error; an accepted one stays. */
function clearError(): void {
  if (response.value?.error) response.value = null;
}

function without(errors: FormErrors, fields: string[]): FormErrors {
  return Object.fromEntries(Object.entries(errors).filter(([field]) => !fields.includes(field)));
}
