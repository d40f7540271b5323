/** URL groups and their endpoints. The API calls a URL group a topic. */

import { request } from "./http";
import type { Endpoint, UrlGroup } from "./types";

const path = (name: string): string => `v2/topics/${encodeURIComponent(name)}`;

export const listUrlGroups = (token: string, signal?: AbortSignal): Promise<UrlGroup[]> =>
  request("GET", "v2/topics", { token, ...(signal && { signal }) });

/** Creates the group if it does not exist. An endpoint with the same name or URL is replaced. */
export const addEndpoints = (token: string, name: string, endpoints: Endpoint[]): Promise<void> =>
  request("POST", `${path(name)}/endpoints`, { token, json: { endpoints } });

/** Removing the last endpoint deletes the group. */
export const removeEndpoint = (token: string, group: string, { name, url }: Endpoint): Promise<void> =>
  request("DELETE", `${path(group)}/endpoints`, { token, json: { endpoints: [name === undefined ? { url } : { name }] } });

export const deleteUrlGroup = (token: string, name: string): Promise<void> => request("DELETE", path(name), { token });
