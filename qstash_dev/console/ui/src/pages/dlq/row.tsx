import type { Letter } from "../../api/dlq";
import { Ago } from "../../components/time";
import { hrefHere } from "../../router";
import { Outcome } from "./last-response";
import { pick, selected } from "./selection";

/** The cells of one entry. */
export function Row({ letter }: { letter: Letter }) {
  const { dlqId, method, url, attempts, failedAt, responseStatus, error } = letter;
  return (
    <>
      <td class="pick">
        <label>
          <span class="visually-hidden">Select {dlqId}</span>
          <input
            type="checkbox"
            checked={selected.value.has(dlqId)}
            onChange={(event) => pick(letter, event.currentTarget.checked)}
          />
        </label>
      </td>
      <th scope="row" class="destination">
        <a href={hrefHere([dlqId])} title={url}>
          <span class="method">{method}</span> {url.replace(/^http:\/\//, "")}
        </a>
        <span class="under">
          <span class="brief">
            {responseStatus ?? "No answer"} · <Ago at={failedAt} />
          </span>
          {tagsOf(letter).map((tag) => (
            <span key={tag} class="tag">
              {tag}
            </span>
          ))}
          <span class="id">{letter.workflowRunId ?? letter.messageId}</span>
        </span>
      </th>
      <td class="answer" title={error}>
        {responseStatus === undefined ? <span class="no-answer">{error}</span> : <Outcome status={responseStatus} />}
      </td>
      <td class="tries number">{attempts}</td>
      <td class="age">
        <Ago at={failedAt} />
      </td>
    </>
  );
}

function tagsOf({ kind, queueName, topicName, scheduleId, labels = [] }: Letter): string[] {
  return [
    ...(kind === "run" ? ["workflow"] : []),
    ...(queueName ? [`queue ${queueName}`] : []),
    ...(topicName ? [`group ${topicName}`] : []),
    ...(scheduleId ? ["schedule"] : []),
    ...labels,
  ];
}
