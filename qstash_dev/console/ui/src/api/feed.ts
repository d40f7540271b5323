import type { MessageSummary } from "./messages";
import type { Status } from "./status";

/** One frame of the feed: messages that changed, the latest first. */
export interface FeedChange {
  seq: number;
  messages?: MessageSummary[];
  more?: number;
  status?: Status;
}
