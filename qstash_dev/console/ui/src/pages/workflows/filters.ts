/** Filters of the list of runs in the query of the address. */

import type { RunState } from "../../api/types";
import { RUN_STATES, type RunQuery } from "../../api/workflows";

export const STATE_CHOICES: { text: string; state: RunState }[] = [
  { text: "Running", state: "RUN_STARTED" },
  { text: "Succeeded", state: "RUN_SUCCESS" },
  { text: "Failed", state: "RUN_FAILED" },
  { text: "Cancelled", state: "RUN_CANCELED" },
];

/** Filters by one exact value, set by links, with their labels. */
export const NAMED = [
  ["label", "Label"],
  ["workflowUrl", "Workflow"],
] as const;

type Query = Record<string, string>;

export function statesOf(query: Query): RunState[] {
  const given = (query.state ?? "").split(",");
  return RUN_STATES.filter((state) => given.includes(state));
}

/** The states with this one added or removed. */
export function toggledState(query: Query, state: RunState): string {
  const present = statesOf(query);
  return RUN_STATES.filter((one) => present.includes(one) !== (one === state)).join(",");
}

export function namedFilters(query: Query): [name: string, text: string, value: string][] {
  return NAMED.flatMap(([name, text]): [string, string, string][] => (query[name] ? [[name, text, query[name]]] : []));
}

export function isFiltered(query: Query): boolean {
  return Boolean(query.search) || statesOf(query).length > 0 || namedFilters(query).length > 0;
}

export function runQuery(user: string, query: Query): RunQuery {
  const named = Object.fromEntries(namedFilters(query).map(([name, , value]) => [name, value]));
  return { user, search: query.search ?? "", state: statesOf(query), ...named };
}

/** The change of the query that removes every filter. */
export function noFilters(): Query {
  return Object.fromEntries(["search", "state", ...NAMED.map(([name]) => name)].map((name) => [name, ""]));
}
