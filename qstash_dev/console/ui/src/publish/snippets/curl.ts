/** Drafts as curl commands. */

import type { Draft } from "../draft";
import { batchItem, isContentType, publishHeaders, publishPath } from "../request";

/** One command for a POSIX shell. */
export function curl(draft: Draft, url: string, token: string): string {
  const address = `${url}/${publishPath(draft)}`;
  const lines = [
    `curl${flags(address)} -X POST ${shellQuoted(address)}`,
    `-H ${shellQuoted(`Authorization: Bearer ${token}`)}`,
    // curl adds a content type to a body that has none.
    ...(hasBody(draft) && !draft.headers.some(isContentType) ? ["-H 'Content-Type:'"] : []),
    ...publishHeaders(draft).map(([name, value]) => `-H ${shellQuoted(value ? `${name}: ${value}` : `${name};`)}`),
    ...body(draft),
  ];
  const command = lines.join(" \\\n  ");
  return draft.bodyBase64 ? `printf %s ${shellQuoted(draft.bodyBase64)} | base64 -d | ${command}` : command;
}

/** Several drafts in one command. */
export function curlBatch(drafts: Draft[], url: string, token: string): string {
  return [
    `curl -X POST ${shellQuoted(`${url}/v2/batch`)}`,
    `-H ${shellQuoted(`Authorization: Bearer ${token}`)}`,
    "-H 'Content-Type: application/json'",
    `--data-raw ${shellQuoted(JSON.stringify(drafts.map(batchItem), null, 2))}`,
  ].join(" \\\n  ");
}

/** The text as one word of a POSIX shell. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function flags(address: string): string {
  const globs = /[[\]{}]/.test(address) ? " -g" : "";
  return /\/\.\.?(\/|$)/.test(address) ? `${globs} --path-as-is` : globs;
}

function body(draft: Draft): string[] {
  if (draft.bodyBase64) return ["--data-binary @-"];
  return draft.body ? [`--data-raw ${shellQuoted(draft.body)}`] : [];
}

function hasBody(draft: Draft): boolean {
  return draft.body !== "" || draft.bodyBase64 !== "";
}
