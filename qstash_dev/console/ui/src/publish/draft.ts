/**
 * Drafts: publish, enqueue and schedule requests that are not sent yet.
 *
 * Values are texts as in the headers of the API; an empty one means the server's default. `draft-of-message.ts` makes
 * drafts from messages; the builder opens with one at `#/builder?from=<message id>`.
 */

export type HeaderPair = [name: string, value: string];

export interface CallbackDraft {
  /** Empty for no callback. */
  url: string;
  method: string;
  retries: string;
  retryDelay: string;
  delay: string;
  timeout: string;
  /** Headers that the callback URL receives. */
  headers: HeaderPair[];
}

export interface ScheduleDraft {
  cron: string;
  /** A time zone such as `Europe/Berlin`; UTC if empty. */
  zone: string;
  /** If empty, the server creates an id. */
  id: string;
}

export interface Draft {
  /** A URL, or the name of a URL group. */
  destination: string;
  /** Empty to publish, else the queue to enqueue into. */
  queue: string;
  /** Set to create a schedule instead of a message. */
  schedule: ScheduleDraft | null;
  method: string;
  body: string;
  /** Used instead of `body` for bytes that are not text. */
  bodyBase64: string;
  /** Headers that the destination receives. */
  headers: HeaderPair[];
  /** Attempts after the first. */
  retries: string;
  /** An expression in milliseconds. */
  retryDelay: string;
  delay: string;
  /** Unix seconds. */
  notBefore: string;
  timeout: string;
  labels: string[];
  callback: CallbackDraft;
  failureCallback: CallbackDraft;
  flowControl: { key: string; parallelism: string; rate: string; period: string };
  deduplicationId: string;
  contentBasedDeduplication: boolean;
  redact: { body: boolean; header: boolean; names: string[] };
  /** What could not be taken over from the message, as sentences. */
  warnings: string[];
}

export const DEFAULT_RETRIES = 3;

export function emptyCallback(): CallbackDraft {
  return { url: "", method: "", retries: "", retryDelay: "", delay: "", timeout: "", headers: [] };
}

export function emptyDraft(): Draft {
  return {
    destination: "",
    queue: "",
    schedule: null,
    method: "POST",
    body: "",
    bodyBase64: "",
    headers: [],
    retries: "",
    retryDelay: "",
    delay: "",
    notBefore: "",
    timeout: "",
    labels: [],
    callback: emptyCallback(),
    failureCallback: emptyCallback(),
    flowControl: { key: "", parallelism: "", rate: "", period: "" },
    deduplicationId: "",
    contentBasedDeduplication: false,
    redact: { body: false, header: false, names: [] },
    warnings: [],
  };
}
