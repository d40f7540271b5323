/** The page "Schedules": a list with next and last runs, and the details of one schedule. */

import { serverUrl } from "../../api/http";
import { listSchedules } from "../../api/schedules";
import type { ScheduleSummary } from "../../api/types";
import { EmptyState } from "../../components/empty-state";
import { Icon } from "../../components/icon";
import { ListWithDetail } from "../../components/list-with-detail";
import { cronInWords } from "../../lib/cron";
import { curlCall } from "../../publish/snippets/curl-call";
import { href, user } from "../../router";
import { userSetup } from "../../store/status";
import { useQuery } from "../../store/use-query";
import type { Page } from "../page";
import { ScheduleView } from "./detail";
import { Row } from "./row";
import { lastOutcome } from "./schedule-times";
import "./schedules.css";

const COLUMNS = [
  { id: "state", text: "State" },
  { id: "name", text: "Schedule" },
  { id: "target", text: "Destination" },
  { id: "next", text: "Next run" },
  { id: "last", text: "Last run" },
];
const CHOICES = [
  { id: "paused", text: "Paused", matches: ({ isPaused }: ScheduleSummary) => isPaused },
  { id: "failed", text: "Last run failed", matches: (schedule: ScheduleSummary) => lastOutcome(schedule) === "FAIL" },
];

function Schedules() {
  const name = user.value;
  const query = useQuery(name, async (signal) => (await listSchedules(name, signal)).reverse());
  return (
    <ListWithDetail
      name="schedules"
      icon="schedules"
      one="schedule"
      many="schedules"
      idName="the id"
      query={query}
      rowKey={({ scheduleId }) => scheduleId}
      searchedTexts={searched}
      placeholder="Cron, destination, id, label, queue …"
      choices={CHOICES}
      columns={COLUMNS}
      cells={(schedule) => <Row schedule={schedule} />}
      create={
        <a class="button main" href={href("builder")}>
          <Icon name="plus" />
          <span>New schedule</span>
        </a>
      }
      empty={<NoSchedules />}
      detail={(schedule) => <ScheduleView summary={schedule} list={query} />}
    />
  );
}

function searched(schedule: ScheduleSummary): string[] {
  const { scheduleId, cron, destination, queueName = "", flowControlKey = "", labels = [] } = schedule;
  return [scheduleId, cron, cronInWords(cron), destination, queueName, flowControlKey, ...labels];
}

function NoSchedules() {
  const call = {
    method: "POST",
    path: `v2/schedules/${serverUrl()}/_dev/inbox/hello`,
    headers: [["Upstash-Cron", "* * * * *"]] as [string, string][],
  };
  return (
    <EmptyState icon="schedules" title="No schedules yet" command={curlCall(call, serverUrl(), userSetup.value?.token ?? "")}>
      <p>
        This one calls an inbox of this server every minute, as {user.value}. Put the URL of your app in its place; a
        zone goes in front, as in <code>CRON_TZ=Europe/Berlin 0 9 * * *</code>.
      </p>
    </EmptyState>
  );
}

export const schedulesPage: Page = { path: "schedules", title: "Schedules", icon: "schedules", View: Schedules };
