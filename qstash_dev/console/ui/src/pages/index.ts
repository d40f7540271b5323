/** Every page, in the order of the navigation. To add one, make a folder for it and put its `Page` in here. */

import { builderPage } from "./builder";
import { clockPage } from "./clock";
import { inboxPage } from "./inbox";
import { messagesPage } from "./messages";
import type { Page } from "./page";
import { planned } from "./planned";
import { setupPage } from "./setup";

export const PAGES: Page[] = [
  messagesPage,
  builderPage,
  planned("schedules", "Schedules", "schedules"),
  planned("queues", "Queues", "queues"),
  planned("url-groups", "URL groups", "groups"),
  planned("flow-control", "Flow control", "flow"),
  planned("dlq", "Dead letters", "dlq"),
  planned("workflows", "Workflow runs", "workflows"),
  inboxPage,
  clockPage,
  setupPage,
];
