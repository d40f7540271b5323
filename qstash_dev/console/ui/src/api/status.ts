/** The status of the server: its clock and the message counts of each user. */

import type { Clock } from "./clock";
import { request } from "./http";

export interface UserStatus {
  name: string;
  inFlight: number;
  due: number;
  later: number;
  failed: number;
  messages: number;
}

export interface Status {
  clock: Clock;
  users: UserStatus[];
}

export const getStatus = (): Promise<Status> => request("GET", "_dev/status");
