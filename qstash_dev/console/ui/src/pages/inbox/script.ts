/** Conversion of the script of an inbox between forms, JSON and the API. */

import { ApiError, errorMessage } from "../../api/http";
import type { InboxAnswer } from "../../api/inboxes";

export const BODY_KINDS = [
  ["none", "Empty"],
  ["text", "Text"],
  ["json", "JSON"],
  ["base64", "Bytes, in base64"],
] as const;

export type BodyKind = (typeof BODY_KINDS)[number][0];

export interface AnswerFields {
  /** Identifies the answer when it is moved. */
  id: number;
  status: string;
  /** `Name: value`, one on each line. */
  headers: string;
  kind: BodyKind;
  body: string;
  /** Empty for no delay. */
  delay: string;
  drop: boolean;
  /** The name of the function of a test that makes the answer, which cannot be edited here. */
  made: string;
}

/** An error in the answer with this index; -1 for an error of the whole script. */
export class ScriptError extends Error {
  constructor(
    readonly index: number,
    message: string,
  ) {
    super(message);
  }
}

export const PRESETS: readonly (readonly [text: string, answer: InboxAnswer])[] = [
  ["200 OK", { status: 200 }],
  ["500, as when the app fails", { status: 500, body: "Internal Server Error" }],
  ["429 with Retry-After", { status: 429, headers: { "Retry-After": "60" } }],
  ["489, which ends all retries", { status: 489, headers: { "Upstash-NonRetryable-Error": "true" } }],
  ["200 after two seconds", { status: 200, delay: 2 }],
  ["No answer: reset the connection", { drop: true }],
];

let made = 0;

/** The form of an answer, given in any notation that the server accepts. */
export function fieldsOfAnswer(answer: unknown): AnswerFields {
  made += 1;
  const entry: AnswerFields = { id: made, status: "200", headers: "", kind: "none", body: "", delay: "", drop: false, made: "" };
  if (typeof answer === "number") return { ...entry, status: String(answer) };
  if (Array.isArray(answer) && answer.length === 2) {
    return { ...entry, status: textOf(answer[0]), kind: "text", body: textOf(answer[1]) };
  }
  return isObject(answer) ? { ...entry, ...fields(answer) } : { ...entry, status: textOf(answer) };
}

function fields(answer: Record<string, unknown>): Partial<AnswerFields> {
  const { status = 200, headers = {}, delay, drop, function: name } = answer;
  const pairs = Object.entries(isObject(headers) ? headers : {});
  return {
    status: textOf(status),
    headers: pairs.map(([header, value]) => `${header}: ${textOf(value)}`).join("\n"),
    ...bodyFields(answer),
    delay: delay === undefined || delay === 0 ? "" : typeof delay === "number" ? `${delay}s` : textOf(delay),
    drop: drop === true,
    made: typeof name === "string" ? name : "",
  };
}

function bodyFields(answer: Record<string, unknown>): Partial<AnswerFields> {
  if ("json" in answer) return { kind: "json", body: JSON.stringify(answer.json, null, 2) };
  if (typeof answer.bodyBase64 === "string") return { kind: "base64", body: answer.bodyBase64 };
  return typeof answer.body === "string" && answer.body !== "" ? { kind: "text", body: answer.body } : {};
}

/** The shortest notation of an answer. Throws a ScriptError for a form that cannot be sent. */
export function answerOfFields(entry: AnswerFields, index: number): unknown {
  if (entry.made) throw new ScriptError(index, `the function ${entry.made} of a test cannot be set from here: remove it`);
  const delay = entry.delay.trim();
  const late = delay === "" ? {} : { delay: /^\d+(\.\d+)?$/.test(delay) ? Number(delay) : delay };
  if (entry.drop) return { drop: true, ...late };
  const status = numberOrText(entry.status.trim());
  const answer = { status, ...headersOf(entry.headers, index), ...bodyOf(entry, index), ...late };
  return Object.keys(answer).length === 1 ? status : answer;
}

export const answersOfFields = (entries: AnswerFields[]): unknown[] => entries.map(answerOfFields);

function headersOf(text: string, index: number): { headers?: Record<string, string> } {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new ScriptError(index, `write headers as Name: value, one on a line, not ${line.trim()}`);
    headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return Object.keys(headers).length > 0 ? { headers } : {};
}

function bodyOf({ kind, body }: AnswerFields, index: number): Record<string, unknown> {
  if (kind === "none") return {};
  if (kind === "text") return { body };
  if (kind === "base64") return { bodyBase64: body.trim() };
  try {
    return { json: JSON.parse(body) as unknown };
  } catch (error) {
    throw new ScriptError(index, `the body is no JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

/** The script as JSON, with short answers on one line each. */
export function scriptText(answers: unknown[]): string {
  const lines = answers.map((answer) => {
    const line = JSON.stringify(answer);
    return line.length <= 80 ? line : JSON.stringify(answer, null, 2).replaceAll("\n", "\n  ");
  });
  return `[\n  ${lines.join(",\n  ")}\n]`;
}

export function parseScript(text: string): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ScriptError(-1, `this is no JSON: ${error instanceof Error ? error.message : ""}`);
  }
  if (!Array.isArray(parsed)) throw new ScriptError(-1, "write an array of answers, such as [500, 200]");
  return parsed as unknown[];
}

/** The answer that an error names, and the text for it. */
export function scriptError(error: unknown): ScriptError {
  if (error instanceof ScriptError) return error;
  const index = error instanceof ApiError ? /^script\[(\d+)\]$/.exec(error.field)?.[1] : undefined;
  if (index === undefined) return new ScriptError(-1, errorMessage(error));
  return new ScriptError(Number(index), (error as ApiError).reason);
}

/** The list with one entry moved by a number of places. */
export function moved<T>(entries: T[], index: number, by: number): T[] {
  const to = Math.max(0, Math.min(entries.length - 1, index + by));
  const rest = entries.toSpliced(index, 1);
  return rest.toSpliced(to, 0, ...entries.slice(index, index + 1));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function numberOrText(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
