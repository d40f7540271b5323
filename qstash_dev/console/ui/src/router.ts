/** The address of what is shown, in the fragment of the URL: `#/messages/msg_1?state=FAILED&user=testUser1`. */

import { computed, signal } from "@preact/signals";

export interface Route {
  page: string;
  /** The parts after the page, such as the id of a message. */
  rest: string[];
  query: Record<string, string>;
}

export const FIRST_PAGE = "messages";

/** Names in the query that links to other pages keep. */
const LASTING = ["user"];

export function parseRoute(hash: string): Route {
  const [path, search] = splitOnce(hash.replace(/^#/, ""), "?");
  const [page, ...rest] = path.split("/").filter(Boolean).map(decoded);
  return { page: page ?? FIRST_PAGE, rest, query: Object.fromEntries(new URLSearchParams(search)) };
}

export function formatRoute({ page, rest, query }: Route): string {
  const path = [page, ...rest].map(encodeURIComponent).join("/");
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return `#/${path}${search ? `?${search}` : ""}`;
}

const here = (): string => (typeof location === "undefined" ? "" : location.hash);

export const route = signal<Route>(parseRoute(here()));
export const DEFAULT_USER = "defaultUser";
export const user = computed(() => route.value.query.user ?? DEFAULT_USER);

/** A link to another page, which keeps the chosen user. */
export function href(page: string, rest: string[] = [], query: Record<string, string> = {}): string {
  return formatRoute({ page, rest, query: { ...lasting(), ...query } });
}

/** The query of a link to what another user has. */
export const ofUser = (name: string): { user: string } => ({ user: name === DEFAULT_USER ? "" : name });

/** A link within this page, which keeps the filters. */
export function hrefHere(rest: string[], query: Record<string, string> = {}): string {
  const { page, query: present } = route.value;
  return formatRoute({ page, rest, query: { ...present, ...query } });
}

export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  route.value = parseRoute(to);
}

/** Changes the query; an empty value removes a name. `replace` adds no entry to the history, for changes while typing. */
export function setQuery(change: Record<string, string>, options: { replace?: boolean } = {}): void {
  const { page, rest, query } = route.value;
  navigate(formatRoute({ page, rest, query: { ...query, ...change } }), options);
}

export function startRouter(): void {
  const read = (): void => {
    route.value = parseRoute(here());
  };
  addEventListener("hashchange", read);
  addEventListener("popstate", read);
}

function lasting(): Record<string, string> {
  const { query } = route.value;
  return Object.fromEntries(LASTING.flatMap((name) => (query[name] ? [[name, query[name]]] : [])));
}

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
