/** The next runs of a schedule, and the messages of its last run. */

import type { ScheduleDetail, ScheduleSummary } from "../../api/types";
import { RelativeTime } from "../../components/time";
import { plural } from "../../lib/format";
import { href } from "../../router";
import { ScheduledMessageBadge } from "./row";
import { lastOutcome, localTime, type WallTime, zonedTime } from "./schedule-times";

export function NextRuns({ schedule: { nextRuns, timeZone, isPaused } }: { schedule: ScheduleDetail }) {
  if (nextRuns.length === 0) return <p class="faint">It has no further runs.</p>;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <section class="panel">
      <h3 id="next-runs">{isPaused ? "Next runs once it is resumed" : "Next runs"}</h3>
      <table class="ruled next-runs" aria-labelledby="next-runs">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Its zone, {timeZone}</th>
            {here !== timeZone && <th scope="col">Yours, {here}</th>}
          </tr>
        </thead>
        <tbody>
          {nextRuns.map(({ time, inZone }) => (
            <tr key={time}>
              <td>
                <RelativeTime at={time} />
              </td>
              <td>
                <Wall {...zonedTime(inZone)} />
              </td>
              {here !== timeZone && (
                <td>
                  <Wall {...localTime(time)} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A date and a time, between which a line may break. */
function Wall({ day, time }: WallTime) {
  return (
    <>
      <span class="whole">{day}</span> <span class="whole">{time}</span>
    </>
  );
}

const MOST = 20;

/** The messages published last: one, or one for each endpoint of a URL group. */
export function LastMessages({ schedule }: { schedule: ScheduleSummary }) {
  const { lastScheduleTime, lastScheduleStates = {}, error } = schedule;
  const outcome = lastOutcome(schedule);
  if (lastScheduleTime === undefined || !outcome) return <p class="faint">It has not run yet.</p>;
  const messages = Object.entries(lastScheduleStates);
  return (
    <section class="panel">
      <h3 id="last-run">
        Last run, <RelativeTime at={lastScheduleTime} />
      </h3>
      {error === undefined && (
        <ul class="kin" aria-labelledby="last-run">
          {messages.slice(0, MOST).map(([id, state]) => (
            <li key={id}>
              <ScheduledMessageBadge outcome={state} />{" "}
              <a class="id" href={href("messages", [id])}>
                {id}
              </a>
            </li>
          ))}
          {messages.length > MOST && <li>and {plural(messages.length - MOST, "more message")}</li>}
        </ul>
      )}
    </section>
  );
}
