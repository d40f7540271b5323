/** The page "Messages": a live list, and the details of one message. */

import { route } from "../../router";
import type { Page } from "../page";
import { MessageView } from "./detail";
import { MessageList } from "./list";
import "./messages.css";

function Messages() {
  const open = route.value.rest[0];
  return (
    <div class={`split ${open ? "with-detail" : ""}`}>
      <MessageList />
      {open && <MessageView key={open} id={open} />}
    </div>
  );
}

export const messagesPage: Page = { path: "messages", title: "Messages", icon: "messages", View: Messages };
