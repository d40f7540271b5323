/** Messages: a live list, and beside it everything about one of them. */

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
