/** Names that the server knows, offered while somebody types. */

import { signal } from "@preact/signals";
import { getResourceNames, type ResourceNames } from "../../api/names";
import { revision } from "../../store/feed";
import { userSetup } from "../../store/status";

export const knownNames = signal<ResourceNames>({ groups: [], queues: [], flowControlKeys: [] });

/** What they were read for: nothing is read twice while nothing has happened. */
let readFor = "";

export function readKnownNames(): void {
  const token = userSetup.peek()?.token;
  const wanted = `${token ?? ""} ${revision.peek()}`;
  if (token === undefined || wanted === readFor) return;
  readFor = wanted;
  getResourceNames(token)
    .then((names) => {
      if (readFor === wanted) knownNames.value = names;
    })
    .catch(() => {
      // The field does without; the next focus tries again.
      readFor = "";
    });
}
