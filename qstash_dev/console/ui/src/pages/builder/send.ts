/** Sending of the requests in the builder; an error is shown at its field. */

import { errorAnswer, type ErrorAnswer, errorMessage } from "../../api/http";
import { formField } from "../../publish/error-field";
import { type FormErrors, formErrors } from "../../publish/form";
import { type PublishResult, publishResults } from "../../publish/results";
import { sendDrafts } from "../../publish/send";
import { user } from "../../router";
import { refreshSetup, userSetup } from "../../store/status";
import { chosen, drafts, inBatch, requests, response, sending } from "./requests";

/** Sends the requests. Returns whether the server has accepted them. */
export async function send(): Promise<boolean> {
  if (sending.value || !check()) return false;
  sending.value = true;
  response.value = null;
  try {
    return await sendAll();
  } catch (error) {
    response.value = { status: 0, user: user.value, text: "", results: [], error: errorMessage(error) };
    return false;
  } finally {
    sending.value = false;
  }
}

async function sendAll(): Promise<boolean> {
  const batch = inBatch.value;
  const who = user.value;
  const answer = await sendDrafts(drafts.value, await token(who));
  const { ok, status, text } = answer;
  const error = ok ? null : errorAnswer(answer);
  const results = ok ? resultsIn(text, batch) : [];
  response.value = { status, user: who, text, results, error: error?.text ?? "" };
  if (error) showFieldError(error);
  return ok;
}

function resultsIn(text: string, batch: boolean): PublishResult[] {
  try {
    return publishResults(JSON.parse(text), batch);
  } catch {
    return [];
  }
}

async function token(name: string): Promise<string> {
  if (!userSetup.value) await refreshSetup();
  const found = userSetup.value?.token;
  if (found === undefined) throw new Error(`There is no user ${name} on this server.`);
  return found;
}

/** Looks for errors before sending. */
function check(): boolean {
  requests.value = requests.value.map((one) => ({ ...one, errors: formErrors(one.form, inBatch.value) }));
  const wrong = (errors: FormErrors): boolean => Object.keys(errors).length > 0;
  if (!requests.value.some(({ errors }) => wrong(errors))) return true;
  response.value = null;
  if (!wrong(requests.value[chosen.value]?.errors ?? {})) chosen.value = requests.value.findIndex(({ errors }) => wrong(errors));
  return false;
}

function showFieldError(error: ErrorAnswer): void {
  const { item, field } = formField(error.field);
  const index = item ?? chosen.value;
  if (!field || !requests.value[index] || (inBatch.value && item === null)) return;
  chosen.value = index;
  requests.value = requests.value.map((one, at) => (at === index ? { ...one, errors: { [field]: error.text } } : one));
}
