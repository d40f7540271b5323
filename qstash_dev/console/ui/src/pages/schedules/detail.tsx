/** The details of one schedule, and the actions on it. */

import { deleteSchedule, getSchedule, pauseSchedule, resumeSchedule, triggerSchedule } from "../../api/schedules";
import type { ScheduleDetail, ScheduleSummary } from "../../api/types";
import { ActionButton, Toolbar } from "../../components/button";
import { ConfirmButton } from "../../components/confirm-dialog";
import { ErrorNotice } from "../../components/error-notice";
import { closePane } from "../../components/pane";
import { BodyView, HeaderTable } from "../../components/payload";
import { VerdictBox } from "../../components/verdict";
import { Warnings } from "../../components/warnings";
import { cronInWords } from "../../lib/cron";
import { plural } from "../../lib/format";
import { href, user } from "../../router";
import type { ServerQuery } from "../../store/query";
import { toast } from "../../store/toasts";
import { useQuery } from "../../store/use-query";
import { runAndRefresh } from "../../store/user-token";
import { LastMessages, NextRuns } from "./next-runs";
import { ScheduleProperties } from "./properties";
import { ActiveBadge } from "./row";

type List = ServerQuery<ScheduleSummary[]>;

export function ScheduleView({ summary, list }: { summary: ScheduleSummary; list: List }) {
  const { scheduleId: id, cron } = summary;
  const name = user.value;
  // The list and the schedule are refreshed together.
  const one = useQuery(JSON.stringify([name, id]), (signal) => getSchedule(name, id, signal));
  const both = { 
    refresh: async () => {
      await Promise.all([list.refresh(), one.refresh()]);
    },
  };
  const detail = one.value.value;
  return (
    <>
      <p class="what">
        <ActiveBadge paused={summary.isPaused} />
        <code>{cron}</code>
        <span>{cronInWords(cron)}</span>
      </p>
      {detail && <VerdictBox verdict={detail.verdict} user={name} />}
      <Actions schedule={summary} list={list} after={both} />
      {one.error.value && <ErrorNotice text={one.error.value} />}
      <Warnings warnings={summary.warnings} />
      {detail && <NextRuns schedule={detail} />}
      <LastMessages schedule={summary} />
      <ScheduleProperties schedule={summary} />
      {detail && <Payload schedule={detail} />}
    </>
  );
}

function Payload({ schedule }: { schedule: ScheduleDetail }) {
  return (
    <section class="panel" aria-label="What it sends">
      <h3>Headers it forwards</h3>
      <HeaderTable headers={schedule.header ?? {}} label="Headers it forwards" />
      <h3>Body</h3>
      <BodyView body={schedule} label="Body" />
    </section>
  );
}

interface ActionsProps {
  schedule: ScheduleSummary;
  list: List;
  after: { refresh: () => Promise<void> };
}

function Actions({ schedule, list, after }: ActionsProps) {
  const { scheduleId: id, isPaused } = schedule;
  return (
    <Toolbar label="Actions">
      <ActionButton
        text="Trigger now"
        icon="fly"
        kind="main"
        hint="Publish its message now; the next run stays as planned"
        action={() => trigger(id, after)}
      />
      <ActionButton
        text={isPaused ? "Resume" : "Pause"}
        icon={isPaused ? "play" : "pause"}
        hint={isPaused ? "Missed runs are not made up for" : "Skip its runs from now on"}
        action={() =>
          isPaused
            ? runAndRefresh(after, "The schedule is active again.", (token) => resumeSchedule(token, id))
            : runAndRefresh(after, "The schedule is paused.", (token) => pauseSchedule(token, id))
        }
      />
      <a class="button plain" href={href("messages", [], { scheduleId: id })}>
        Show messages
      </a>
      <ConfirmButton
        text="Delete"
        title="Delete this schedule?"
        action={async () => {
          await runAndRefresh(list, "The schedule is deleted.", (token) => deleteSchedule(token, id));
          closePane();
        }}
      >
        It publishes no more messages. Messages already published stay.
      </ConfirmButton>
    </Toolbar>
  );
}

async function trigger(id: string, after: ActionsProps["after"]): Promise<void> {
  const { messageIds } = await triggerSchedule(user.value, id);
  const [only] = messageIds;
  const link = messageIds.length === 1 && only ? href("messages", [only]) : href("messages", [], { scheduleId: id });
  toast(`Triggered: ${plural(messageIds.length, "message")}.`, { href: link, text: "Show" });
  await after.refresh();
}
