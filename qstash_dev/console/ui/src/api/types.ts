/** What the server answers, as its OpenAPI document describes it. Times are unix milliseconds. */

export type Headers = Record<string, string[]>;

export interface Body {
  body: string;
  bodyBase64?: string;
  bodySize: number;
  truncated?: true;
}

export interface ReceivedResponse extends Body {
  status: number;
  headers: Headers;
}

/** What hosted QStash may not take, or may take otherwise. */
export interface Warning {
  code: string;
  text: string;
}
