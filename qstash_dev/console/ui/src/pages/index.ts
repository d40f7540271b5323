/** All pages, in the order of the navigation. To add one, create a folder for it and list its `Page` here. */

import { builderPage } from "./builder";
import { clockPage } from "./clock";
import { dlqPage } from "./dlq";
import { flowControlPage } from "./flow-control";
import { inboxPage } from "./inbox";
import { messagesPage } from "./messages";
import type { Page } from "./page";
import { queuesPage } from "./queues";
import { refusedPage } from "./refused";
import { schedulesPage } from "./schedules";
import { setupPage } from "./setup";
import { urlGroupsPage } from "./url-groups";
import { workflowsPage } from "./workflows";

export const PAGES: Page[] = [
  messagesPage,
  builderPage,
  schedulesPage,
  queuesPage,
  urlGroupsPage,
  flowControlPage,
  dlqPage,
  refusedPage,
  workflowsPage,
  inboxPage,
  clockPage,
  setupPage,
];
