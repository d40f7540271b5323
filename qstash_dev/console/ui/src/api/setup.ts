/** The set-up of the server: users with their tokens, limits, mappings and start options. */

import { request } from "./http";

export interface UserSetup {
  name: string;
  token: string;
  readOnlyToken: string;
  env: Record<string, string>;
}

export interface Setup {
  version: string;
  url: string;
  openapi: string;
  users: UserSetup[];
  quota: Record<string, string | number | null>;
  limits: Record<string, number | boolean>;
  mappings: { pattern: string; target: string }[];
  modes: {
    host: string | null;
    logPort: number | null;
    allowHosts: string[];
    allowOrigins: string[];
    gate: boolean;
    ownCertificates: boolean;
    lazyFetchBytes: number | null;
  };
}

export const getSetup = (): Promise<Setup> => request("GET", "_dev/setup");
