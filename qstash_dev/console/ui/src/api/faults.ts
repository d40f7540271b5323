/** Faults: failures injected into delivery attempts. */

import { request } from "./http";
import type { Fault } from "./types";

export type { Fault };

export const listFaults = (signal?: AbortSignal): Promise<Fault[]> =>
  request("GET", "_dev/faults", { ...(signal && { signal }) });

export const addFault = (fault: Record<string, unknown>): Promise<Fault> =>
  request("POST", "_dev/faults", { json: fault });

export const deleteFault = (id: string): Promise<Fault> => request("DELETE", `_dev/faults/${encodeURIComponent(id)}`);

export const deleteFaults = (): Promise<{ deleted: number }> => request("DELETE", "_dev/faults");
