/** Every page, in the order of the navigation. To add one, make a folder for it and put its `Page` in here. */

import { flowControlPage } from "./flow-control";
import { messagesPage } from "./messages";
import type { Page } from "./page";
import { planned } from "./planned";
import { queuesPage } from "./queues";
import { schedulesPage } from "./schedules";
import { urlGroupsPage } from "./url-groups";

export const PAGES: Page[] = [
  messagesPage,
  planned("builder", "Builder", "builder"),
  schedulesPage,
  queuesPage,
  urlGroupsPage,
  flowControlPage,
  planned("dlq", "Dead letters", "dlq"),
  planned("workflows", "Workflow runs", "workflows"),
  planned("inbox", "Inbox", "inbox"),
  planned("clock", "Clock & faults", "clock"),
  planned("setup", "Set-up", "setup"),
];
