/** Where the reader is, kept in the fragment of the address: `#/messages/msg_1?state=FAILED&user=testUser1`. */

import { computed, signal } from "@preact/signals";

export interface Route {
  page: string;
  /** What follows the page, such as the id of a message. */
  rest: string[];
  query: Record<string, string>;
}

export const FIRST_PAGE = "messages";

/** These stay when somebody goes to another page. */
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

/** A link to another page, which keeps what lasts. */
export function href(page: string, rest: string[] = [], query: Record<string, string> = {}): string {
  return formatRoute({ page, rest, query: { ...lasting(), ...query } });
}

/** A link to something on this page, which keeps the filters. */
export function hrefHere(rest: string[], query: Record<string, string> = {}): string {
  const { page, query: present } = route.value;
  return formatRoute({ page, rest, query: { ...present, ...query } });
}

export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  route.value = parseRoute(to);
}

/** Change the query; an empty value takes a name out. Typing does not fill the history: it replaces. */
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
