/** A row in the list of messages. */

import type { MessageSummary } from "../../api/types";
import { isFinal, MessageStateBadge } from "../../components/message-state";
import { RelativeTime } from "../../components/time";
import { duration, plural, shortUrl } from "../../lib/format";
import { hrefHere } from "../../router";

/** The cells of one message. */
export function Row({ message }: { message: MessageSummary }) {
  return (
    <>
      <td class="state">
        <MessageStateBadge state={message.state} due={message.due} />
      </td>
      <th scope="row" class="destination">
        <a href={hrefHere([message.messageId])} title={message.url}>
          <span class="method">{message.method}</span> {shortUrl(message.url)}
        </a>
        <span class="under">
          <span class="brief">
            {attemptsText(message)} · {result(message)}
          </span>
          {tags(message).map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
          <span class="id">{message.messageId}</span>
        </span>
      </th>
      <td class="tries">{attemptsText(message)}</td>
      <td class="result" title={message.error}>
        {result(message)}
      </td>
      <td class="next">{message.due !== undefined && !isFinal(message) && <RelativeTime at={message.due} />}</td>
      <td class="age">
        <RelativeTime at={message.createdAt} />
      </td>
    </>
  );
}

/** Delivery attempts started, of the most that are possible: `1/4`. */
export function attemptsText(message: MessageSummary): string {
  return `${begun(message)}/${message.maxRetries + 1}`;
}

function begun({ state, retried, inFlight, duration }: MessageSummary): number {
  if (state === "CREATED" || state === "RETRY") return retried;
  if (state !== "CANCELED" && state !== "CANCEL_REQUESTED") return retried + 1;
  // A message may be cancelled before its first attempt or after any other.
  return inFlight ? retried + 1 : Math.max(retried, duration === undefined ? 0 : 1);
}

function result({ responseStatus, duration: took, error }: MessageSummary): string {
  if (responseStatus !== undefined) return `${responseStatus}${took === undefined ? "" : ` · ${duration(took)}`}`;
  return error ?? "–";
}

function tags(message: MessageSummary) {
  const { queueName, topicName, labels = [], scheduleId, workflowRunId, flowControlKey, warnings } = message;
  return [
    ...(warnings ? [plural(warnings.length, "warning")] : []),
    ...(queueName ? [`queue ${queueName}`] : []),
    ...(topicName ? [`group ${topicName}`] : []),
    ...(flowControlKey ? [`key ${flowControlKey}`] : []),
    ...(scheduleId ? ["schedule"] : []),
    ...(workflowRunId ? ["workflow"] : []),
    ...labels,
  ];
}
