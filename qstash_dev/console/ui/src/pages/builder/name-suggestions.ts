/** Suggestions for names of URL groups, queues and flow control keys. */

import { signal } from "@preact/signals";
import { getResourceNames, type ResourceNames } from "../../api/names";
import { revision } from "../../store/feed";
import { userSetup } from "../../store/status";

export const knownNames = signal<ResourceNames>({ groups: [], queues: [], flowControlKeys: [] });

/** The token and revision of the last request: names are read again only after a change. */
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
      // Without suggestions for now; the next focus tries again.
      readFor = "";
    });
}
