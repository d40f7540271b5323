/** The result of a step, decoded for display. */

import type { Step } from "../../../api/types";


export interface StepResult {
  title: string;
  text: string;
}

/** Null without a result. A wait has the data of its event in base64; a call has the body of its response as text. */
export function stepResult({ stepType, out }: Step): StepResult | null {
  if (out === undefined || out === "") return null;
  if (stepType === "Wait" || stepType === "WaitForWebhook") {
    const text = decoded(out);
    return { title: stepType === "Wait" ? "Event data" : "Call of the webhook", text: text ?? out };
  }
  if (stepType === "Call") return { title: "Answer to the call", text: answerOf(out) };
  return { title: "Result", text: out };
}

function answerOf(out: string): string {
  try {
    const parsed: unknown = JSON.parse(out);
    if (typeof parsed === "object" && parsed !== null && "body" in parsed && typeof parsed.body === "string") {
      return parsed.body;
    }
  } catch {
    // Truncated, or not JSON.
  }
  return out;
}

function decoded(out: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(out), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
