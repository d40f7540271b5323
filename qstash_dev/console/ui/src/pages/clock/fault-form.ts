/** The form of a fault, the request made from it, and faults in words. */

import type { Fault } from "../../api/faults";
import { ApiError, errorMessage } from "../../api/http";
import { duration } from "../../lib/format";

export const FAULT_KINDS = [
  ["status", "Answers with a status"],
  ["timeout", "Times out, at once"],
  ["reset", "Resets the connection"],
  ["refused", "Refuses the connection"],
  ["late", "Answers late"],
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number][0];

export interface FaultForm {
  match: string;
  kind: FaultKind;
  status: string;
  latency: string;
  /** Number of attempts that fail; empty for all. */
  times: string;
  /** Share of the attempts that fail, in percent. */
  percent: string;
  seed: string;
}

export const emptyFaultForm = (): FaultForm => ({
  match: "",
  kind: "status",
  status: "503",
  latency: "",
  times: "1",
  percent: "100",
  seed: "0",
});

/** The body of `POST /_dev/faults`, without defaults. Text that is not a number is left for the server to refuse. */
export function faultRequest(draft: FaultForm): Record<string, unknown> {
  const latency = draft.latency.trim();
  return {
    match: draft.match.trim(),
    ...(draft.kind === "status" && { status: numberOrText(draft.status) }),
    ...(draft.kind !== "status" && draft.kind !== "late" && { error: draft.kind }),
    ...(latency !== "" && { latency: numberOrText(latency) }),
    times: draft.times.trim() === "" ? null : numberOrText(draft.times),
    ...(draft.percent.trim() !== "100" && { probability: probability(draft.percent), seed: numberOrText(draft.seed) }),
  };
}

export type FaultField = "match" | "status" | "latency" | "times" | "probability" | "seed";
const FIELDS: FaultField[] = ["match", "status", "latency", "times", "probability", "seed"];

/** The field that an error of the server names, and the text for it; no field for an error about the whole fault. */
export function faultError(error: unknown, kind: FaultKind): { field: FaultField | ""; text: string } {
  const { field: name, reason } = error instanceof ApiError ? error : { field: "", reason: "" };
  // Of the kind "late" the form has only the latency, so its absence is the error.
  if (kind === "late" && name === "status") return { field: "latency", text: "give a delay, such as 2s" };
  // The server takes a probability up to 1, the form percent.
  if (name === "probability") return { field: name, text: "use a number above 0, at most 100" };
  const field = FIELDS.find((one) => one === name);
  return field ? { field, text: reason } : { field: "", text: errorMessage(error) };
}

/** What the fault does to a delivery attempt. */
export function effectText({ status, error, latency }: Fault): string {
  const late = latency > 0 ? duration(latency * 1000) : "";
  if (status !== null) return `Answers ${status}${late && ` after ${late}`}`;
  if (error === null) return `Is delayed by ${late}`;
  const what = { timeout: "Times out", reset: "Resets the connection", refused: "Refuses the connection" }[error];
  return `${what}${late && ` after ${late}`}`;
}

/** How often the fault is applied. */
export function frequencyText({ times, probability }: Fault): string {
  const whole = times === null ? "every time" : times === 1 ? "once" : `${times} times`;
  return probability < 1 ? `${whole}, with a probability of ${Math.round(probability * 1000) / 10} %` : whole;
}

export const isUsedUp = ({ times, struck }: Fault): boolean => times !== null && struck >= times;

function probability(percent: string): number | string {
  const value = Number(percent);
  return percent.trim() === "" || Number.isNaN(value) ? percent : value / 100;
}

function numberOrText(text: string): number | string {
  return /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text.trim();
}
