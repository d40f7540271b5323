/** What `/v2` needs to know of the user whose things are shown. */

import { user } from "../router";
import { refreshSetup, setup, userSetup } from "./status";
import { toast } from "./toasts";

/** The user's token. Throws if the server has no such user. */
export async function userToken(): Promise<string> {
  if (!setup.value) await refreshSetup();
  const token = userSetup.value?.token;
  if (token === undefined) throw new Error(`There is no user ${user.value}.`);
  return token;
}

/** Do something as this user, say that it is done, and read again what it has changed. */
export async function runAndRefresh(
  query: { refresh: () => Promise<void> },
  done: string,
  work: (token: string) => Promise<unknown>,
): Promise<void> {
  await work(await userToken());
  toast(done);
  await query.refresh();
}
