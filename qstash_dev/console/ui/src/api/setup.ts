/** The set-up of the server: users with their tokens, limits, mappings and start options. */

import { request } from "./http";
import type { Setup } from "./types";

export const getSetup = (): Promise<Setup> => request("GET", "_dev/setup");
