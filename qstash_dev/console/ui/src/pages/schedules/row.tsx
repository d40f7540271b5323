import type { RunOutcome, ScheduleSummary } from "../../api/schedules";
import { Badge, type BadgeProps } from "../../components/badge";
import { Ago } from "../../components/time";
import { inWords, withoutZone } from "../../lib/cron";
import { shortUrl } from "../../lib/format";
import { hrefHere } from "../../router";
import { lastOutcome, nextRun } from "./schedule-times";

const OUTCOMES: Record<RunOutcome, BadgeProps> = {
  SUCCESS: { text: "Delivered", icon: "check", tone: "good" },
  FAIL: { text: "Failed", icon: "cross", tone: "bad" },
  IN_PROGRESS: { text: "Under way", icon: "fly", tone: "busy" },
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
              <Ago at={next} />
            </span>
          )}
          <span class="brief cut" title={destination}>
            {shortUrl(destination)}
          </span>
          <span class="words cut" title={inWords(cron)}>
            {inWords(cron)}
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
      <td class="next">{next === undefined ? "–" : <Ago at={next} />}</td>
      <td class="last">
        <LastRun schedule={schedule} />
      </td>
    </>
  );
}

export function ActiveBadge({ paused }: { paused: boolean }) {
  return <Badge tone={paused ? "warn" : "good"} icon={paused ? "pause" : "play"} text={paused ? "Paused" : "Active"} />;
}

export function OutcomeBadge({ outcome }: { outcome: RunOutcome }) {
  return <Badge {...OUTCOMES[outcome]} />;
}

function LastRun({ schedule }: { schedule: ScheduleSummary }) {
  const outcome = lastOutcome(schedule);
  if (!outcome || schedule.lastScheduleTime === undefined) return <>–</>;
  return (
    <>
      <OutcomeBadge outcome={outcome} />
      <span class="under" title={schedule.error}>
        <Ago at={schedule.lastScheduleTime} />
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
