/** The token of the chosen user, and actions that need it. */

import { user } from "../router";
import { refreshSetup, setup, userSetup } from "./status";
import { toast } from "./toasts";

/** The token of the chosen user. Throws an Error if the server has no such user. */
export async function userToken(): Promise<string> {
  if (!setup.value) await refreshSetup();
  const token = userSetup.value?.token;
  if (token === undefined) throw new Error(`There is no user ${user.value}.`);
  return token;
}

/** Runs an action with the user's token, shows a toast, and repeats the query that it affects. */
export async function runAndRefresh(
  query: { refresh: () => Promise<void> },
  done: string,
  work: (token: string) => Promise<unknown>,
): Promise<void> {
  await work(await userToken());
  toast(done);
  await query.refresh();
}
