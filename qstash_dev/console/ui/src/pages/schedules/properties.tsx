/** The properties of a schedule. */

import type { ScheduleSummary } from "../../api/types";
import { Properties, type Property } from "../../components/properties";
import { ExactTime, RelativeTime } from "../../components/time";
import { bytes, duration } from "../../lib/format";
import { isUrl } from "../../publish/request";
import { href } from "../../router";

export function ScheduleProperties({ schedule }: { schedule: ScheduleSummary }) {
  const properties: Property[] = [
    ["Destination", destination(schedule)],
    ["Time zone", schedule.timeZone],
    ["Queue", schedule.queueName && <a href={href("queues", [schedule.queueName])}>{schedule.queueName}</a>],
    ["Flow control", flowControl(schedule)],
    ["Labels", labels(schedule.labels)],
    ["Retries", String(schedule.retries)],
    ["Retry delay", schedule.retryDelayExpression && <code>{schedule.retryDelayExpression}</code>],
    ["Delay", schedule.delay !== undefined && duration(schedule.delay * 1000)],
    ["Timeout", schedule.timeout !== undefined && duration(schedule.timeout)],
    ["Callback", schedule.callback],
    ["Failure callback", schedule.failureCallback],
    ["Body", bytes(schedule.bodySize)],
    [
      "Created",
      <>
        <RelativeTime at={schedule.createdAt} /> (<ExactTime at={schedule.createdAt} />)
      </>,
    ],
    ["Created from", schedule.callerIP],
  ];
  return <Properties properties={properties} />;
}

function destination({ method, destination }: ScheduleSummary) {
  return (
    <>
      <span class="method">{method}</span>{" "}
      {isUrl(destination) ? (
        <span class="url">{destination}</span>
      ) : (
        <>
          URL group <a href={href("url-groups", [destination])}>{destination}</a>
        </>
      )}
    </>
  );
}

function flowControl({ flowControlKey, parallelism, rate, period }: ScheduleSummary) {
  if (!flowControlKey) return undefined;
  const limits = [
    parallelism !== undefined && `parallelism ${parallelism}`,
    rate !== undefined && `rate ${rate} per ${period ?? 1} s`,
  ].filter(Boolean);
  return (
    <>
      <a href={href("flow-control", [flowControlKey])}>{flowControlKey}</a> {limits.join(", ")}
    </>
  );
}

function labels(names: string[] = []) {
  if (names.length === 0) return undefined;
  return names.map((name) => (
    <a key={name} class="tag" href={href("messages", [], { label: name })}>
      {name}
    </a>
  ));
}
