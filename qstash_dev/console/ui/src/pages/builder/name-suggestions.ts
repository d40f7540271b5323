/** Names that the server knows, offered while somebody types. */

import { signal } from "@preact/signals";
import { getKnownNames, type KnownNames } from "../../api/names";
import { revision } from "../../store/feed";
import { userSetup } from "../../store/status";

export const known = signal<KnownNames>({ groups: [], queues: [], flowControlKeys: [] });

/** What they were read for: nothing is read twice while nothing has happened. */
let readFor = "";

export function readKnown(): void {
  const token = userSetup.peek()?.token;
  const wanted = `${token ?? ""} ${revision.peek()}`;
  if (token === undefined || wanted === readFor) return;
  readFor = wanted;
  getKnownNames(token)
    .then((names) => {
      if (readFor === wanted) known.value = names;
    })
    .catch(() => {
      // The field does without; the next focus tries again.
      readFor = "";
    });
}
