/** Calls of the REST API as curl commands. */

import { shellQuoted } from "./curl";

interface Call {
  method: string;
  /** Relative to the address of the server. */
  path: string;
  headers?: [name: string, value: string][];
  json?: unknown;
}

/** A call of the REST API as one command for a POSIX shell. */
export function curlCall({ method, path, headers = [], json }: Call, url: string, token: string): string {
  const lines = [
    `curl -X ${method} ${shellQuoted(`${url}/${path}`)}`,
    `-H ${shellQuoted(`Authorization: Bearer ${token}`)}`,
    ...headers.map(([name, value]) => `-H ${shellQuoted(`${name}: ${value}`)}`),
    ...(json === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${shellQuoted(JSON.stringify(json))}`]),
  ];
  return lines.join(" \\\n  ");
}
