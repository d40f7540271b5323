/** Sending what is written, and putting what is wrong beside its field. */

import { errorText, messageOf } from "../../api/http";
import { type Refusal, refusalOf } from "../../publish/error-field";
import { type Faults, faultsOf } from "../../publish/form";
import { type Receipt, receiptsOf } from "../../publish/results";
import { sendDrafts } from "../../publish/send";
import { user } from "../../router";
import { refreshSetup, userSetup } from "../../store/status";
import { answer, chosen, drafts, entries, inBatch, sending } from "./requests";

/** Returns whether the server has accepted it. */
export async function send(): Promise<boolean> {
  if (sending.value || !check()) return false;
  sending.value = true;
  answer.value = null;
  try {
    return await exchange();
  } catch (error) {
    answer.value = { status: 0, user: user.value, text: "", receipts: [], error: messageOf(error) };
    return false;
  } finally {
    sending.value = false;
  }
}

async function exchange(): Promise<boolean> {
  const batch = inBatch.value;
  const who = user.value;
  const { ok, status, text } = await sendDrafts(drafts.value, await token(who));
  const error = ok ? "" : errorText(text, status);
  const receipts = ok ? receiptsIn(text, batch) : [];
  answer.value = { status, user: who, text, receipts, error };
  if (!ok) blame(refusalOf(error));
  return ok;
}

function receiptsIn(text: string, batch: boolean): Receipt[] {
  try {
    return receiptsOf(JSON.parse(text), batch);
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

/** Look for what would not even reach the server. */
function check(): boolean {
  entries.value = entries.value.map((one) => ({ ...one, faults: faultsOf(one.form, inBatch.value) }));
  const wrong = (faults: Faults): boolean => Object.keys(faults).length > 0;
  if (!entries.value.some(({ faults }) => wrong(faults))) return true;
  answer.value = null;
  if (!wrong(entries.value[chosen.value]?.faults ?? {})) chosen.value = entries.value.findIndex(({ faults }) => wrong(faults));
  return false;
}

function blame({ item, field, text }: Refusal): void {
  const index = item ?? chosen.value;
  if (!field || !entries.value[index] || (inBatch.value && item === null)) return;
  chosen.value = index;
  entries.value = entries.value.map((one, at) => {
    if (at !== index) return one;
    // One quota for both ways to wait, of which this one wins.
    const shown = field === "delay" && one.form.mode !== "schedule" && one.form.notBefore ? "notBefore" : field;
    return { ...one, faults: { [shown]: text } };
  });
}
