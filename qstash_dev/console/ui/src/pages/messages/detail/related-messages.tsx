/** Messages related to a message. */

import type { MessageDetail, MessageRelation, RelatedMessage } from "../../../api/types";
import { MessageStateBadge } from "../../../components/message-state";
import { shortUrl } from "../../../lib/format";
import { hrefHere } from "../../../router";

const RELATION_TEXTS: Record<MessageRelation, string> = {
  callback: "Callback",
  failureCallback: "Failure callback",
  replay: "Replay",
  dlqRetry: "Retry from the dead letter queue",
  callResult: "Result of a call",
};

/** The messages related to a message: callbacks, replays, retries, and the message they belong to. */
export function RelatedMessages({ detail: { parent, children } }: { detail: MessageDetail }) {
  if (!parent && children.length === 0) return null;
  return (
    <ul class="kin" aria-label="Related messages">
      {parent && <RelatedMessageLine message={parent} text={`${RELATION_TEXTS[parent.relation]} of`} />}
      {children.map((child) => (
        <RelatedMessageLine key={child.messageId} message={child} text={`${RELATION_TEXTS[child.relation]}:`} />
      ))}
    </ul>
  );
}

function RelatedMessageLine({ message: { messageId, state, url }, text }: { message: RelatedMessage; text: string }) {
  return (
    <li>
      {text}{" "}
      {state ? (
        <>
          <a class="id" href={hrefHere([messageId])}>
            {messageId}
          </a>{" "}
          <MessageStateBadge state={state} /> <span class="faint">{shortUrl(url ?? "")}</span>
        </>
      ) : (
        <span class="id">{messageId} (no longer kept)</span>
      )}
    </li>
  );
}
