/** Requests to the server that serves the console. All URLs are relative, so that the console works behind a path prefix. */

import type { CallInFlight } from "./types";

/** What an error answer says. */
export interface ErrorAnswer {
  text: string;
  /** What is at fault: a header, a field, a parameter or a part of the path; empty if it is none of these. */
  field: string;
  /** What the text says about the field. */
  reason: string;
  /** The calls that a time travel waited for, the longest first. */
  inFlight: CallInFlight[];
  /** How many messages waited for their turn behind them. */
  waiting: number;
}

export class ApiError extends Error {
  readonly field: string;
  readonly reason: string;
  readonly inFlight: CallInFlight[];
  readonly waiting: number;

  constructor(
    readonly status: number,
    message: string,
    { field = "", reason = message, inFlight = [], waiting = 0 }: Partial<ErrorAnswer> = {},
  ) {
    super(message);
    this.field = field;
    this.reason = reason;
    this.inFlight = inFlight;
    this.waiting = waiting;
  }
}

export interface RequestOptions {
  query?: Record<string, string | number | string[] | undefined>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: BodyInit;
  headers?: Record<string, string>;
  /** The token of the user. Needed below `/v2`, not below `/_dev/`. */
  token?: string;
  signal?: AbortSignal;
}

/** The address of the server as this browser reaches it, without a slash at the end. */
export function serverUrl(): string {
  return new URL(".", document.baseURI).href.replace(/\/$/, "");
}

export interface TextResponse {
  ok: boolean;
  status: number;
  text: string;
  /** The field at fault as the header `Qstash-Dev-Error-Field` names it, empty without one. */
  field: string;
}

/** The parsed JSON of the answer. `path` has no leading slash. Throws an ApiError with the error text of the server. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await fetchText(method, path, options);
  if (!response.ok) {
    const answer = errorAnswer(response);
    throw new ApiError(response.status, answer.text, answer);
  }
  return (response.text ? JSON.parse(response.text) : undefined) as T;
}

/** The answer as text, with any status. Throws an ApiError if the server cannot be reached. */
export async function fetchText(method: string, path: string, options: RequestOptions = {}): Promise<TextResponse> {
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (options.token !== undefined) headers.Authorization = `Bearer ${options.token}`;
  let body = options.body;
  if (options.json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.json);
  }
  try {
    const response = await fetch(target(path, options.query), {
      method,
      headers,
      body: body ?? null,
      signal: options.signal ?? null,
      cache: "no-store",
    });
    const field = decodeURIComponent(response.headers.get("Qstash-Dev-Error-Field") ?? "");
    return { ok: response.ok, status: response.status, text: await response.text(), field };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The server does not answer. Is qstash-dev still running?");
  }
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function target(path: string, query: RequestOptions["query"] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== "") parameters.append(name, String(one));
    }
  }
  const search = parameters.toString();
  return search ? `${path}?${search}` : path;
}

/** Below `_dev/` the body names the field, below `v2/` a header does, since the body is that of hosted QStash. */
export function errorAnswer({ text, status, field }: TextResponse): ErrorAnswer {
  try {
    const parsed = JSON.parse(text) as Partial<ErrorAnswer & { error: string }> | null;
    if (parsed?.error !== undefined) {
      const { error, reason = error, inFlight = [], waiting = 0 } = parsed;
      return { text: error, field: parsed.field ?? field, reason, inFlight, waiting };
    }
  } catch {
    // Not JSON: a proxy in front of the server has answered.
  }
  const unknown = `The server answered with HTTP status ${status}.`;
  return { text: unknown, field, reason: unknown, inFlight: [], waiting: 0 };
}
