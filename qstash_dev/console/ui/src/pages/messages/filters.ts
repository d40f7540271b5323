/** Filters of the list of messages in the query of the address. */

import { MESSAGE_STATES, type MessageQuery } from "../../api/messages";
import type { MessageState } from "../../api/types";

export interface StateChoice {
  text: string;
  states: MessageState[];
}

export const STATE_CHOICES: StateChoice[] = [
  { text: "Waiting", states: ["CREATED"] },
  { text: "In flight", states: ["ACTIVE"] },
  { text: "Retrying", states: ["RETRY"] },
  { text: "Delivered", states: ["DELIVERED"] },
  { text: "Failed", states: ["FAILED"] },
  { text: "Cancelled", states: ["CANCEL_REQUESTED", "CANCELED"] },
];

/** Filters by one exact value, with their labels. */
export const NAMED = [
  ["queueName", "Queue"],
  ["topicName", "URL group"],
  ["label", "Label"],
  ["flowControlKey", "Flow control key"],
  ["scheduleId", "Schedule"],
  ["due", "Due (now or later)"],
] as const;

export type FilterName = (typeof NAMED)[number][0];

type Query = Record<string, string>;

export function statesOf(query: Query): MessageState[] {
  const given = (query.state ?? "").split(",");
  return MESSAGE_STATES.filter((state) => given.includes(state));
}

/** The states with those of this choice added or removed. */
export function toggledState(query: Query, choice: StateChoice): string {
  const present = statesOf(query);
  const has = choice.states.every((state) => present.includes(state));
  const next = has ? present.filter((state) => !choice.states.includes(state)) : [...present, ...choice.states];
  return MESSAGE_STATES.filter((state) => next.includes(state)).join(",");
}

export function namedFilters(query: Query): [FilterName, string, string][] {
  return NAMED.flatMap(([name, text]): [FilterName, string, string][] => {
    const value = query[name];
    return value ? [[name, text, value]] : [];
  });
}

export function isFiltered(query: Query): boolean {
  return Boolean(query.search) || statesOf(query).length > 0 || namedFilters(query).length > 0;
}

export function messageQuery(user: string, query: Query): MessageQuery {
  const named = Object.fromEntries(namedFilters(query).map(([name, , value]) => [name, value]));
  return { user, search: query.search ?? "", state: statesOf(query), ...named };
}

/** The change of the query that removes every filter. */
export function noFilters(): Query {
  return Object.fromEntries(["search", "state", "from", ...NAMED.map(([name]) => name)].map((name) => [name, ""]));
}

/** A key that differs for each list: a change starts a new one. */
export function listKey(user: string, query: Query): string {
  return JSON.stringify([messageQuery(user, query), query.from ?? ""]);
}
