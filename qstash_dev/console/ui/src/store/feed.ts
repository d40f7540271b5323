/** The feed: a stream of changes from the server for the chosen user. Closed while the page is hidden. */

import { effect, signal } from "@preact/signals";
import type { FeedChange } from "../api/types";
import { user } from "../router";
import { receiveStatus } from "./status";

export type Connection = "connecting" | "live" | "lost" | "paused";

/** `gap` means that changes were missed, and everything that is shown must be read again. */
export type Listener = (news: FeedChange | "gap") => void;

export const connection = signal<Connection>("connecting");

/** Increases when anything has changed, at most once a second: pages that show more than messages query again. */
export const revision = signal(0);

const RETRY_MS = 1500;
const REVISION_MS = 1000;
const listeners = new Set<Listener>();
let source: EventSource | null = null;
let position = "";
let retry: ReturnType<typeof setTimeout> | undefined;
let revising: ReturnType<typeof setTimeout> | undefined;

/** Returns the function that ends the subscription. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startFeed(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) pause();
    else open();
  });
  // The position in the feed of one user is meaningless for another.
  effect(() => {
    position = "";
    reopen(user.value);
  });
}

function reopen(name: string): void {
  close();
  if (!document.hidden) open(name);
}

function open(name: string = user.peek()): void {
  close();
  connection.value = "connecting";
  const query = new URLSearchParams({ user: name, ...(position && { lastEventId: position }) });
  const opened = new EventSource(`_dev/feed?${query.toString()}`);
  source = opened;
  opened.addEventListener("open", () => {
    connection.value = "live";
    // Without a position it is unknown which changes were missed.
    if (!position) notify("gap");
  });
  opened.addEventListener("change", (event: MessageEvent<string>) => {
    position = event.lastEventId;
    const change = JSON.parse(event.data) as FeedChange;
    if (change.status) receiveStatus(change.status);
    notify(change);
  });
  opened.addEventListener("gap", (event: MessageEvent<string>) => {
    position = event.lastEventId;
    notify("gap");
  });
  opened.addEventListener("error", () => {
    connection.value = "lost";
    // The browser does not reconnect after an HTTP error; this does.
    close();
    clearTimeout(retry);
    retry = setTimeout(() => {
      if (!document.hidden) open();
    }, RETRY_MS);
  });
}

function pause(): void {
  close();
  clearTimeout(retry);
  connection.value = "paused";
}

function close(): void {
  source?.close();
  source = null;
}

function notify(news: FeedChange | "gap"): void {
  for (const listener of listeners) listener(news);
  if (news === "gap" || news.messages || news.status) {
    revising ??= setTimeout(() => {
      revising = undefined;
      revision.value += 1;
    }, REVISION_MS);
  }
}
