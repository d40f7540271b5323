/** Shapes that several answers of the server share. All times are unix milliseconds. */

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

/** Warnings: what hosted QStash may refuse or treat in another way. */
export interface Warning {
  code: string;
  text: string;
}
