/** Sending of the requests in the builder; an error is shown at its field. */

import { errorMessage, errorText } from "../../api/http";
import { errorField, type FieldError } from "../../publish/error-field";
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
  const { ok, status, text } = await sendDrafts(drafts.value, await token(who));
  const error = ok ? "" : errorText(text, status);
  const results = ok ? resultsIn(text, batch) : [];
  response.value = { status, user: who, text, results, error };
  if (!ok) showFieldError(errorField(error));
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

function showFieldError({ item, field, text }: FieldError): void {
  const index = item ?? chosen.value;
  if (!field || !requests.value[index] || (inBatch.value && item === null)) return;
  chosen.value = index;
  requests.value = requests.value.map((one, at) => {
    if (at !== index) return one;
    // The quota of delays also applies to `notBefore`, which takes precedence over a delay.
    const shown = field === "delay" && one.form.mode !== "schedule" && one.form.notBefore ? "notBefore" : field;
    return { ...one, errors: { [shown]: text } };
  });
}
