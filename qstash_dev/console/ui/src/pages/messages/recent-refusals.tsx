/** The notice of calls that were refused in the last minutes, which are in no list of messages. */

import { signal } from "@preact/signals";
import { NoticeBar } from "../../components/notice-bar";
import { plural, sentence } from "../../lib/format";
import { href } from "../../router";
import { callsSince, isPolling, refusalHref, useLatestRefusals } from "../../store/refusals";
import { now } from "../../store/status";

const RECENT_MS = 5 * 60_000;
const READ = 100;

/** The time of the latest call of which no further notice is needed. */
const dismissed = signal(0);

export function RecentRefusals() {
  const refusals = useLatestRefusals(READ).value.value ?? [];
  const since = Math.max(now.value - RECENT_MS, dismissed.value + 1);
  const last = refusals.find((one) => !isPolling(one));
  if (!last || last.lastTime < since) return null;
  const calls = callsSince(refusals, since);
  return (
    <NoticeBar icon="refused" tone="bad" label="Refused calls" onDismiss={() => (dismissed.value = last.lastTime)}>
      <a href={href("refused")}>{calls === 1 ? "1 call was refused" : `${plural(calls, "call")} were refused`}</a>
      {calls > 1 && ", the last one"}:{" "}
      <a href={refusalHref(last)}>
        {last.status} {last.method} <span class="url">{last.path}</span>
      </a>
      : {sentence(last.error)}
    </NoticeBar>
  );
}
