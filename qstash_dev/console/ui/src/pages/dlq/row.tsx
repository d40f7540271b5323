/** A row in the list of entries. */

import type { DlqEntry } from "../../api/types";
import { RelativeTime } from "../../components/time";
import { hrefHere } from "../../router";
import { LastResponseBadge } from "./last-response";
import { select, selected } from "./selection";

/** The cells of one entry. */
export function Row({ entry }: { entry: DlqEntry }) {
  const { dlqId, method, url, attempts, failedAt, responseStatus, error } = entry;
  return (
    <>
      <td class="pick">
        <label>
          <span class="visually-hidden">Select {dlqId}</span>
          <input
            type="checkbox"
            checked={selected.value.has(dlqId)}
            onChange={(event) => select(entry, event.currentTarget.checked)}
          />
        </label>
      </td>
      <th scope="row" class="destination">
        <a href={hrefHere([dlqId])} title={url}>
          <span class="method">{method}</span> {url.replace(/^http:\/\//, "")}
        </a>
        <span class="under">
          <span class="brief">
            {responseStatus ?? "No answer"} · <RelativeTime at={failedAt} />
          </span>
          {tagsOf(entry).map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
          <span class="id">{entry.workflowRunId ?? entry.messageId}</span>
        </span>
      </th>
      <td class="answer" title={error}>
        {responseStatus === undefined ? <span class="no-answer">{error}</span> : <LastResponseBadge status={responseStatus} />}
      </td>
      <td class="tries number">{attempts}</td>
      <td class="age">
        <RelativeTime at={failedAt} />
      </td>
    </>
  );
}

function tagsOf({ kind, queueName, topicName, scheduleId, labels = [] }: DlqEntry): string[] {
  return [
    ...(kind === "run" ? ["workflow"] : []),
    ...(queueName ? [`queue ${queueName}`] : []),
    ...(topicName ? [`group ${topicName}`] : []),
    ...(scheduleId ? ["schedule"] : []),
    ...labels,
  ];
}
