/** The form of the builder: a draft with every field as typed, also fields that the chosen mode does not use. */

import { isBase64 } from "../lib/bytes";
import { type CallbackDraft, type Draft, emptyDraft, type HeaderPair, type ScheduleDraft } from "./draft";
import { isContentType } from "./request";

export type Mode = "publish" | "enqueue" | "schedule";

export interface Form extends Omit<Draft, "schedule"> {
  mode: Mode;
  schedule: ScheduleDraft;
  contentType: string;
  /** The body is written in base64. */
  bytes: boolean;
}

type TextOf<T> = { [Name in keyof T & string]: T[Name] extends string ? Name : never }[keyof T & string];
type Callback = "callback" | "failureCallback";

/** The path of a text field in the form. */
export type FieldPath =
  | Exclude<TextOf<Form>, "mode" | "bodyBase64">
  | `${Callback}.${TextOf<CallbackDraft>}`
  | `flowControl.${TextOf<Form["flowControl"]>}`
  | `schedule.${TextOf<ScheduleDraft>}`;

/** Error texts by field: a `FieldPath`, or `headers`, `labels`, `redact`, `callback.headers` … */
export type FormErrors = Record<string, string>;

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export function emptyForm(): Form {
  return { ...formOf(emptyDraft()), contentType: "application/json" };
}

export function formOf(draft: Draft): Form {
  const { schedule, bodyBase64 } = draft;
  return {
    ...draft,
    mode: schedule ? "schedule" : draft.queue ? "enqueue" : "publish",
    schedule: schedule ?? { cron: "", zone: "", id: "" },
    contentType: draft.headers.find(isContentType)?.[1] ?? "",
    headers: draft.headers.filter((pair) => !isContentType(pair)),
    bytes: bodyBase64 !== "",
    bodyBase64: "",
    warnings: [],
    body: bodyBase64 || draft.body,
  };
}

/** The draft to send: only the fields that the chosen mode uses. */
export function draftOfForm({ mode, contentType, bytes, ...form }: Form): Draft {
  const scheduled = mode === "schedule";
  return {
    ...form,
    destination: form.destination.trim(),
    queue: mode === "publish" ? "" : form.queue.trim(),
    schedule: scheduled ? form.schedule : null,
    body: bytes ? "" : form.body,
    bodyBase64: bytes ? form.body.replace(/\s/g, "") : "",
    headers: [...(contentType ? [["Content-Type", contentType] as HeaderPair] : []), ...written(form.headers)],
    callback: { ...form.callback, headers: written(form.callback.headers) },
    failureCallback: { ...form.failureCallback, headers: written(form.failureCallback.headers) },
    // A schedule has its own times, and publishes a new message each time.
    ...(scheduled && { notBefore: "", deduplicationId: "", contentBasedDeduplication: false }),
  };
}

/** Errors found before sending: what a browser cannot send, or the server would misread. */
export function formErrors(form: Form, inBatch: boolean): FormErrors {
  const errors: [field: string, wrong: boolean, text: string][] = [
    ["destination", !form.destination.trim(), "Give a URL, or the name of a URL group."],
    ["queue", form.mode === "enqueue" && !form.queue.trim(), "Name the queue. It is created if it does not exist."],
    ["schedule.cron", form.mode === "schedule" && !form.schedule.cron.trim(), "Give a cron expression such as */5 * * * *."],
    ["body", form.bytes && !isBase64(form.body), "This is not base64."],
    ["body", form.bytes && inBatch && form.body !== "", "A batch holds text only: send these bytes on their own."],
    ["headers", !areNames(form.headers), "Each header needs a name of letters, digits and hyphens."],
    ["callback.headers", !areNames(form.callback.headers), "Each header needs a name of letters, digits and hyphens."],
    ["failureCallback.headers", !areNames(form.failureCallback.headers), "Each header needs a name of letters, digits and hyphens."],
  ];
  return Object.fromEntries(errors.flatMap(([field, wrong, text]) => (wrong ? [[field, text]] : [])));
}

export function valueAt(form: Form, path: FieldPath): string {
  const [outer = "", inner] = path.split(".");
  const value = form[outer as keyof Form];
  return (inner === undefined ? value : (value as unknown as Record<string, string>)[inner]) as string;
}

export function withValue(form: Form, path: FieldPath, text: string): Form {
  const [outer = "", inner] = path.split(".");
  if (inner === undefined) return { ...form, [outer]: text };
  return { ...form, [outer]: { ...(form[outer as keyof Form] as object), [inner]: text } };
}

/** Whether nothing has been entered yet. */
export function isPristine(form: Form): boolean {
  return JSON.stringify(form) === JSON.stringify(emptyForm());
}

/** A time in unix seconds as the value of `<input type="datetime-local">`, in the zone of the browser. */
export function localTime(seconds: string): string {
  if (!seconds || Number.isNaN(Number(seconds))) return "";
  const date = new Date(Number(seconds) * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

export function unixSeconds(localTime: string): string {
  const ms = new Date(localTime).getTime();
  return Number.isNaN(ms) ? "" : String(Math.floor(ms / 1000));
}

/** The headers without empty rows. */
function written(headers: HeaderPair[]): HeaderPair[] {
  return headers.filter(([name, value]) => name !== "" || value !== "");
}

function areNames(headers: HeaderPair[]): boolean {
  return written(headers).every(([name]) => HEADER_NAME.test(name));
}
