/** Requests to the server that serves the console. All URLs are relative, so that the console works behind a path prefix. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
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
}

/** The parsed JSON of the answer. `path` has no leading slash. Throws an ApiError with the error text of the server. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const { ok, status, text } = await fetchText(method, path, options);
  if (!ok) throw new ApiError(status, errorText(text, status));
  return (text ? JSON.parse(text) : undefined) as T;
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
    return { ok: response.ok, status: response.status, text: await response.text() };
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

export function errorText(text: string, status: number): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && "error" in parsed) return String(parsed.error);
  } catch {
    // Not JSON: a proxy in front of the server has answered.
  }
  return `The server answered with HTTP status ${status}.`;
}
