/** Names of the URL groups, queues and flow control keys of a user. */

import { request } from "./http";

interface UrlGroup {
  name: string;
}
interface Queue {
  name: string;
}
interface FlowControl {
  flowControlKey: string;
}

export interface ResourceNames {
  groups: string[];
  queues: string[];
  flowControlKeys: string[];
}

export async function getResourceNames(token: string): Promise<ResourceNames> {
  const [groups, queues, keys] = await Promise.all([
    request<UrlGroup[]>("GET", "v2/topics", { token }),
    request<Queue[]>("GET", "v2/queues", { token }),
    request<FlowControl[]>("GET", "v2/flowControl", { token }),
  ]);
  return {
    groups: groups.map(({ name }) => name),
    queues: queues.map(({ name }) => name),
    flowControlKeys: keys.map(({ flowControlKey }) => flowControlKey),
  };
}
