/** Events of `/_dev/feed`, the stream of changes. */

import type { MessageSummary } from "./messages";
import type { Status } from "./status";

/** One event of the feed: messages that changed, the latest first. */
export interface FeedChange {
  seq: number;
  messages?: MessageSummary[];
  more?: number;
  status?: Status;
}
