/**
 * A publish that is yet to be sent: the contract between whoever has a message and whoever publishes it again.
 *
 * Values are texts as people write them and as the headers of the API carry them; empty is the server's default.
 * The builder's page opens with `#/builder?from=<message id>` and calls `loadDraft` with that id.
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
  /** What the receiver of the callback gets. */
  headers: HeaderPair[];
}

export interface ScheduleDraft {
  cron: string;
  /** Such as `Europe/Berlin`; UTC if empty. */
  zone: string;
  /** The server makes one up if empty. */
  id: string;
}

export interface Draft {
  /** A URL, or the name of a URL group. */
  destination: string;
  /** Empty to publish, else the queue to enqueue into. */
  queue: string;
  /** A schedule instead of a message. */
  schedule: ScheduleDraft | null;
  method: string;
  body: string;
  /** Instead of `body`, for bytes that are no text. */
  bodyBase64: string;
  /** What the destination receives. */
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
  /** What the draft could not take over from the message, in words. */
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
