/** The list of messages, schedules and timeouts that are due next. */

import { advance, getDue } from "../../api/clock";
import type { DueItem } from "../../api/types";
import { Badge, type BadgeProps } from "../../components/badge";
import { ActionButton, Button } from "../../components/button";
import { EmptyState } from "../../components/empty-state";
import { ErrorNotice } from "../../components/error-notice";
import { ExactTime, RelativeTime } from "../../components/time";
import { count } from "../../lib/format";
import { publishCommand } from "../../publish/example-command";
import { DEFAULT_USER, href, ofUser } from "../../router";
import { travel } from "../../store/clock";
import { useQuery } from "../../store/use-query";

const SHOWN = 20;

const BADGES: Record<DueItem["kind"], BadgeProps> = {
  message: { tone: "wait", icon: "clock", text: "Delayed" },
  retry: { tone: "warn", icon: "retry", text: "Retry" },
  schedule: { tone: "busy", icon: "schedules", text: "Schedule" },
  event: { tone: "off", icon: "workflows", text: "Timeout" },
  flowControl: { tone: "wait", icon: "flow", text: "Flow control" },
};

export function DueNext() {
  const query = useQuery("due", (signal) => getDue(SHOWN, signal));
  const value = query.value.value;
  const error = query.error.value;
  return (
    <section class="card due-next" aria-labelledby="due-title">
      <h2 id="due-title">Due next</h2>
      {error && (
        <ErrorNotice text={error}>
          <Button text="Try again" onClick={() => void query.refresh()} />
        </ErrorNotice>
      )}
      {value?.due.length === 0 && (
        <EmptyState icon="clock" title="Nothing is due later" command={publishCommand("hello", { delay: "1h" })}>
          <p>Publish a message with a delay, and travel to the time when it is due.</p>
        </EmptyState>
      )}
      {value && value.due.length > 0 && (
        <>
          <ol class="dues">
            {value.due.map((due, index) => (
              <DueRow key={`${due.due}-${index}-${nameOf(due)}`} due={due} />
            ))}
          </ol>
          {value.count > value.due.length && (
            <p class="faint">
              The first {value.due.length} of {count(value.count)}.
            </p>
          )}
        </>
      )}
    </section>
  );
}

function DueRow({ due }: { due: DueItem }) {
  return (
    <li>
      <span class="when">
        <strong>
          <RelativeTime at={due.due} />
        </strong>
        <span class="faint numbers">
          <ExactTime at={due.due} />
        </span>
      </span>
      <span class="what">
        <span>
          <Badge {...BADGES[due.kind]} />
          {due.user !== DEFAULT_USER && <span class="tag">{due.user}</span>}
        </span>
        <a href={linkOf(due)}>{nameOf(due)}</a>
        {due.url && <span class="faint url">{due.url.replace(/^http:\/\//, "")}</span>}
      </span>
      <ActionButton
        text="Travel there"
        icon="travel"
        iconOnly
        hint={`Travel to ${new Date(due.due).toISOString()}`}
        action={() => travel(() => advance({ to: due.due }))}
      />
    </li>
  );
}

function nameOf(due: DueItem): string {
  if (due.kind === "event") return `${due.workflowRunId ?? ""}, waiting for ${due.eventId ?? ""}`;
  return due.messageId ?? due.scheduleId ?? due.flowControlKey ?? "";
}

function linkOf(due: DueItem): string {
  const user = ofUser(due.user);
  if (due.messageId !== undefined) return href("messages", [due.messageId], user);
  if (due.scheduleId !== undefined) return href("schedules", [due.scheduleId], user);
  if (due.workflowRunId !== undefined) return href("workflows", [due.workflowRunId], user);
  return href("messages", [], { ...user, flowControlKey: due.flowControlKey ?? "" });
}
