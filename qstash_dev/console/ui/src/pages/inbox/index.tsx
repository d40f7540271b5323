/** Inboxes: destinations inside the server; what each was sent, and what it answers. */

import { route } from "../../router";
import type { Page } from "../page";
import { InboxList } from "./inbox-list";
import { InboxView } from "./inbox-view";
import "./inbox.css";

function Inboxes() {
  const [name, number] = route.value.rest;
  return name === undefined ? <InboxList /> : <InboxView key={name} name={name} open={requestNumber(number)} />;
}

function requestNumber(text = ""): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

export const inboxPage: Page = { path: "inbox", title: "Inbox", icon: "inbox", View: Inboxes };
