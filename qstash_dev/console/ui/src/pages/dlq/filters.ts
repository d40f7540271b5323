/** Filters of the dead letter queue in the query of the address. */

import type { DlqQuery } from "../../api/dlq";
import type { DlqEntryKind, DlqGroup, DlqGroupKey, DlqGroups } from "../../api/types";

type Query = Record<string, string>;

export const KIND_CHOICES: { text: string; kind: DlqEntryKind }[] = [
  { text: "Messages", kind: "message" },
  { text: "Workflow runs", kind: "run" },
];

/** The filter for the groups. */
export function groupQuery(user: string, { search = "", kind = "" }: Query): DlqQuery {
  return { user, search, kind };
}

/** The filter for the entries, limited to the chosen group if there is one. */
export function entryQuery(user: string, query: Query): DlqQuery {
  const { of: kind = "", what = "", to = "" } = query;
  const all = groupQuery(user, query);
  return isGroupChosen(query) ? { ...all, kind, what, to } : all;
}

export const isGroupChosen = ({ what, to }: Query): boolean => Boolean(what) && Boolean(to);

/** Whether a small screen shows the entries instead of the groups. */
export const showsEntries = (query: Query): boolean => isGroupChosen(query) || query.view === "entries";

export const isFiltered = ({ search, kind }: Query): boolean => Boolean(search) || Boolean(kind);

export const NO_FILTERS: Query = { search: "", kind: "" };
export const NO_GROUP: Query = { of: "", what: "", to: "", view: "" };
export const ALL_ENTRIES: Query = { ...NO_GROUP, view: "entries" };

export function groupAddress({ kind, what, to }: DlqGroupKey): Query {
  return { of: kind, what, to, view: "" };
}

export function isChosen({ kind, what, to }: DlqGroupKey, query: Query): boolean {
  return query.of === kind && query.what === what && query.to === to;
}

/** The number of entries of each kind, in the chosen group or in all. */
export function countsOf(groups: DlqGroups | null, query: Query): Record<DlqEntryKind, number> {
  const none = { message: 0, run: 0 };
  if (!groups || !isGroupChosen(query)) return groups?.counts ?? none;
  const chosen: DlqGroup | undefined = groups.groups.find((group) => isChosen(group, query));
  return chosen ? { ...none, [chosen.kind]: chosen.count } : none;
}

/** A key that differs for each list: a change starts a new one. */
export const listKey = (user: string, query: Query): string => JSON.stringify(entryQuery(user, query));
