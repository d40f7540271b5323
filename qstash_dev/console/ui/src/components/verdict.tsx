/** The verdict on a thing: why it is as it is, what comes next and when, what would help, and what is in its way. */

import type { Verdict, VerdictReason, VerdictSubject } from "../api/types";
import { exactTime, remaining, sentence } from "../lib/format";
import { href, ofUser } from "../router";
import { now } from "../store/status";
import { Icon, type IconName } from "./icon";

interface Look {
  tone: "good" | "bad" | "warn" | "busy" | "wait";
  icon: IconName;
}

const FAILED: Look = { tone: "bad", icon: "cross" };
const HELD_UP: Look = { tone: "warn", icon: "warning" };
const WAITING: Look = { tone: "wait", icon: "wait" };
const STOPPED: Look = { tone: "wait", icon: "stop" };

const LOOKS: Record<VerdictReason, Look> = {
  "in-flight": { tone: "busy", icon: "fly" },
  delayed: { tone: "wait", icon: "clock" },
  retrying: { tone: "warn", icon: "retry" },
  due: { tone: "busy", icon: "wait" },
  held: HELD_UP,
  "no-free-connection": HELD_UP,
  behind: HELD_UP,
  paused: { tone: "warn", icon: "pause" },
  "rate-used-up": HELD_UP,
  "parallelism-used-up": HELD_UP,
  "waits-for-event": { tone: "warn", icon: "bell" },
  "waits-for-run": WAITING,
  stuck: FAILED,
  succeeded: { tone: "good", icon: "check" },
  "gave-up": FAILED,
  "last-failed": FAILED,
  "cancel-requested": STOPPED,
  canceled: STOPPED,
  idle: { tone: "wait", icon: "check" },
  never: HELD_UP,
};

export function VerdictBox({ verdict, user }: { verdict: Verdict; user: string }) {
  const { about, reason, todo, nextAt, blocker } = verdict;
  const { tone, icon } = LOOKS[reason];
  return (
    <section class={`finding ${tone}`} aria-label="Verdict">
      <Icon name={icon} />
      <div>
        {/* That of a run may begin with the name of a step. */}
        <p>{about.kind === "run" ? verdict.sentence : sentence(verdict.sentence)}</p>
        {todo !== undefined && <p class="todo">{sentence(todo)}</p>}
        {(nextAt !== undefined || blocker) && (
          <p class="then">
            {nextAt !== undefined && <Next at={nextAt} />}
            {blocker && (
              <span>
                In its way: <a href={subjectHref(blocker, user)}>{blocker.id}</a>
              </span>
            )}
          </p>
        )}
      </div>
    </section>
  );
}

/** Counts down to when it goes on by itself. */
function Next({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      Next {at > now.value ? `in ${remaining(at - now.value)}` : "now"}
    </time>
  );
}

const PAGES: Record<VerdictSubject["kind"], string> = {
  message: "messages",
  queue: "queues",
  "flow-control": "flow-control",
  schedule: "schedules",
  run: "workflows",
  "dead-letter": "dlq",
};

const subjectHref = ({ kind, id }: VerdictSubject, user: string): string => href(PAGES[kind], [id], ofUser(user));
