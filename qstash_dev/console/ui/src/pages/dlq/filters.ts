/** Which entries are wanted, as it stands in the address. */

import type { DlqEntryKind, DlqGroup, DlqGroupKey, DlqGroups, DlqQuery } from "../../api/dlq";

type Query = Record<string, string>;

export const KIND_CHOICES: { text: string; kind: DlqEntryKind }[] = [
  { text: "Messages", kind: "message" },
  { text: "Workflow runs", kind: "run" },
];

/** What all groups have to match. */
export function groupQuery(user: string, { search = "", kind = "" }: Query): DlqQuery {
  return { user, search, kind };
}

/** What the entries have to match: those of one group, if one is chosen. */
export function entryQuery(user: string, query: Query): DlqQuery {
  const { of: kind = "", what = "", to = "" } = query;
  const all = groupQuery(user, query);
  return isGroupChosen(query) ? { ...all, kind, what, to } : all;
}

export const isGroupChosen = ({ what, to }: Query): boolean => Boolean(what) && Boolean(to);

/** Whether the entries are in view where there is no room for them beside the groups. */
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

/** How many entries of each kind the chosen group has, or all of them. */
export function countsOf(groups: DlqGroups | null, query: Query): Record<DlqEntryKind, number> {
  const none = { message: 0, run: 0 };
  if (!groups || !isGroupChosen(query)) return groups?.counts ?? none;
  const chosen: DlqGroup | undefined = groups.groups.find((group) => isChosen(group, query));
  return chosen ? { ...none, [chosen.kind]: chosen.count } : none;
}

/** What makes the list another list. */
export const listKey = (user: string, query: Query): string => JSON.stringify(entryQuery(user, query));
