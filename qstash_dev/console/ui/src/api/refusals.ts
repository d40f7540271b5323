/** Calls of the API that were refused. */

import { request } from "./http";
import type { RefusalPage } from "./types";

/** Those of all users and without a valid token, the latest first. */
export const listRefusals = (limit: number, signal?: AbortSignal): Promise<RefusalPage> =>
  request("GET", "_dev/refusals", { query: { limit }, ...(signal && { signal }) });

export const clearRefusals = (): Promise<{ deleted: number }> => request("DELETE", "_dev/refusals");
