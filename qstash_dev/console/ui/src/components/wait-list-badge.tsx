/** The badge of the wait list of a queue or a flow control key: paused, waiting or open. */

import { Badge } from "./badge";

export function WaitListBadge({ paused, waiting }: { paused: boolean; waiting: number }) {
  if (paused) return <Badge tone="warn" icon="pause" text="Paused" />;
  return waiting > 0 ? <Badge tone="busy" icon="wait" text="Waiting" /> : <Badge tone="good" icon="check" text="Open" />;
}
