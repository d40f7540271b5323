/** Names of the URL groups, queues and flow control keys of a user. */

import { listFlowControlKeys } from "./flow-control";
import { request } from "./http";
import { listUrlGroups } from "./url-groups";

export interface ResourceNames {
  groups: string[];
  queues: string[];
  flowControlKeys: string[];
}

export async function getResourceNames(token: string): Promise<ResourceNames> {
  const [groups, queues, keys] = await Promise.all([
    listUrlGroups(token),
    request<{ name: string }[]>("GET", "v2/queues", { token }),
    listFlowControlKeys(token),
  ]);
  return {
    groups: groups.map(({ name }) => name),
    queues: queues.map(({ name }) => name),
    flowControlKeys: keys.map(({ flowControlKey }) => flowControlKey),
  };
}
