/** The page "Inbox": destinations inside the server, their requests and their answers. */

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
