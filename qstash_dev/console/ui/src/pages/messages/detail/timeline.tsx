/** The tab with the events of a message. */

import type { MessageDetail, MessageEvent, Notice } from "../../../api/types";
import { Badge } from "../../../components/badge";
import type { IconName } from "../../../components/icon";
import { MessageStateBadge } from "../../../components/message-state";
import { ExactTime } from "../../../components/time";
import { duration } from "../../../lib/format";
import { eventText } from "./event-text";

const NOTICES: Record<Notice["kind"], { icon: IconName; text: string }> = {
  duplicate: { icon: "stop", text: "Duplicate" },
  "headers-dropped": { icon: "warning", text: "Headers dropped" },
  paused: { icon: "pause", text: "Paused" },
  "still-waiting": { icon: "clock", text: "Still waiting" },
};

export function Timeline({ detail: { timeline } }: { detail: MessageDetail }) {
  if (timeline.length === 0) return <p>The events of this message are no longer kept.</p>;
  const start = timeline[0]?.time ?? 0;
  return (
    <table class="timeline">
      <caption class="visually-hidden">What happened to the message</caption>
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">Time</th>
          <th scope="col">After</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        {timeline.map((event) => (
          <tr key={event.seq}>
            <td>
              <EventBadge event={event} />
            </td>
            <td>
              <ExactTime at={event.time} short />
            </td>
            <td class="number">+{duration(event.time - start)}</td>
            <td>
              <What event={event} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EventBadge({ event: { state, nextDelivery, warning, notice } }: { event: MessageEvent }) {
  if (notice) return <Badge tone="wait" {...NOTICES[notice.kind]} />;
  if (warning) return <Badge tone="warn" icon="warning" text="Warning" />;
  // The badge of the state CREATED says "Waiting", which is wrong for an event in the past.
  if (state === "CREATED") return <Badge tone="wait" icon="messages" text="Created" />;
  return <MessageStateBadge state={state} due={nextDelivery} />;
}

function What({ event }: { event: MessageEvent }) {
  if (event.nextDelivery !== undefined) {
    return (
      <>
        Next attempt <ExactTime at={event.nextDelivery} />
        {event.why !== undefined && `: ${event.why}`}
      </>
    );
  }
  return <>{eventText(event)}</>;
}
