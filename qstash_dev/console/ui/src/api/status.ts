/** The status of the server: its clock and the message counts of each user. */

import { request } from "./http";
import type { Status } from "./types";

export const getStatus = (): Promise<Status> => request("GET", "_dev/status");
