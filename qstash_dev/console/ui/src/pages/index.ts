/** Every page, in the order of the navigation. To add one, make a folder for it and put its `Page` in here. */

import { dlqPage } from "./dlq";
import { messagesPage } from "./messages";
import type { Page } from "./page";
import { planned } from "./planned";
import { workflowsPage } from "./workflows";

export const PAGES: Page[] = [
  messagesPage,
  planned("builder", "Builder", "builder"),
  planned("schedules", "Schedules", "schedules"),
  planned("queues", "Queues", "queues"),
  planned("url-groups", "URL groups", "groups"),
  planned("flow-control", "Flow control", "flow"),
  dlqPage,
  workflowsPage,
  planned("inbox", "Inbox", "inbox"),
  planned("clock", "Clock & faults", "clock"),
  planned("setup", "Set-up", "setup"),
];
