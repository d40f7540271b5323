/** A row in the list of schedules, and the badges of a schedule. */

import type { ScheduledMessageState, ScheduleSummary } from "../../api/types";
import { Badge, type BadgeProps } from "../../components/badge";
import { RelativeTime } from "../../components/time";
import { cronInWords, withoutZone } from "../../lib/cron";
import { shortUrl } from "../../lib/format";
import { hrefHere } from "../../router";
import { lastOutcome, nextRun } from "./schedule-times";

const BADGES: Record<ScheduledMessageState, BadgeProps> = {
  SUCCESS: { text: "Delivered", icon: "check", tone: "good" },
  FAIL: { text: "Failed", icon: "cross", tone: "bad" },
  IN_PROGRESS: { text: "In progress", icon: "fly", tone: "busy" },
};

export function Row({ schedule }: { schedule: ScheduleSummary }) {
  const { scheduleId, cron, timeZone, destination, method } = schedule;
  const next = nextRun(schedule);
  return (
    <>
      <td class="state">
        <ActiveBadge paused={schedule.isPaused} />
      </td>
      <th scope="row" class="name">
        <a href={hrefHere([scheduleId])} title={cron}>
          {withoutZone(cron)} {timeZone !== "UTC" && <span class="tag">{timeZone}</span>}
        </a>
        <span class="under">
          {next !== undefined && (
            <span class="soon">
              <RelativeTime at={next} />
            </span>
          )}
          <span class="brief cut" title={destination}>
            {shortUrl(destination)}
          </span>
          <span class="words cut" title={cronInWords(cron)}>
            {cronInWords(cron)}
          </span>
        </span>
      </th>
      <td class="target">
        <span class="line" title={destination}>
          <span class="method">{method}</span> {shortUrl(destination)}
        </span>
        <span class="under">
          {tags(schedule).map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
          <span class="id">{scheduleId}</span>
        </span>
      </td>
      <td class="next">{next === undefined ? "–" : <RelativeTime at={next} />}</td>
      <td class="last">
        <LastRunCell schedule={schedule} />
      </td>
    </>
  );
}

export function ActiveBadge({ paused }: { paused: boolean }) {
  return <Badge tone={paused ? "warn" : "good"} icon={paused ? "pause" : "play"} text={paused ? "Paused" : "Active"} />;
}

export function ScheduledMessageBadge({ outcome }: { outcome: ScheduledMessageState }) {
  return <Badge {...BADGES[outcome]} />;
}

function LastRunCell({ schedule }: { schedule: ScheduleSummary }) {
  const outcome = lastOutcome(schedule);
  if (!outcome || schedule.lastScheduleTime === undefined) return <>–</>;
  return (
    <>
      <ScheduledMessageBadge outcome={outcome} />
      <span class="under" title={schedule.error}>
        <RelativeTime at={schedule.lastScheduleTime} />
      </span>
    </>
  );
}

function tags({ queueName, flowControlKey, labels = [] }: ScheduleSummary): string[] {
  return [
    ...(queueName ? [`queue ${queueName}`] : []),
    ...(flowControlKey ? [`key ${flowControlKey}`] : []),
    ...labels,
  ];
}
