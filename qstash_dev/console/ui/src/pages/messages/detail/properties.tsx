/** The properties of a message. */

import type { MessageDetail } from "../../../api/types";
import { Properties, type Property } from "../../../components/properties";
import { ExactTime, RelativeTime } from "../../../components/time";
import { bytes, duration } from "../../../lib/format";
import { href, user } from "../../../router";
import { attemptsText } from "../row";

export function MessageProperties({ detail }: { detail: MessageDetail }) {
  const { message, summary } = detail;
  const properties: Property[] = [
    ["User", detail.user !== user.value && <a href={href("messages", [], { user: detail.user })}>{detail.user}</a>],
    [
      "Next attempt",
      summary.due !== undefined && (
        <ExactTime at={summary.due} />
      ),
    ],
    [
      "Created",
      <>
        <RelativeTime at={message.createdAt} /> (<ExactTime at={message.createdAt} />)
      </>,
    ],
    ["Attempts", attemptsText(summary)],
    ["Body", bytes(message.bodySize)],
    ["Queue", message.queueName && <a href={filter({ queueName: message.queueName })}>{message.queueName}</a>],
    ["URL group", message.topicName && <a href={filter({ topicName: message.topicName })}>{message.topicName}</a>],
    ["Endpoint", message.endpointName],
    ["Schedule", message.scheduleId && <a href={filter({ scheduleId: message.scheduleId })}>{message.scheduleId}</a>],
    ["Flow control", flowControl(detail)],
    ["Workflow run", run(summary.workflowRunId)],
    ["Labels", labels(message.labels)],
    ["Timeout", message.timeout !== undefined && duration(message.timeout)],
    ["Retry delay", message.retryDelayExpression && <code>{message.retryDelayExpression}</code>],
    ["Callback", message.callback],
    ["Failure callback", message.failureCallback],
    ["Published from", message.callerIP],
  ];
  return <Properties properties={properties} />;
}

const filter = (query: Record<string, string>): string => href("messages", [], query);

function run(id: string | undefined) {
  return id && <a href={href("workflows", [id])}>{id}</a>;
}

function flowControl({ message }: MessageDetail) {
  const key = message.flowControlKey;
  if (!key) return undefined;
  const limits = [
    message.parallelism !== undefined && `parallelism ${message.parallelism}`,
    message.rate !== undefined && `rate ${message.rate} per ${message.period ?? 1} s`,
  ].filter(Boolean);
  return (
    <>
      <a href={filter({ flowControlKey: key })}>{key}</a> {limits.join(", ")}
    </>
  );
}

function labels(names: string[] = []) {
  if (names.length === 0) return undefined;
  return names.map((name) => (
    <a key={name} class="tag" href={filter({ label: name })}>
      {name}
    </a>
  ));
}
