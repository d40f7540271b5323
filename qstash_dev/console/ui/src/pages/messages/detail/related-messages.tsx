import type { Kin, MessageDetail, Relation } from "../../../api/messages";
import { StateBadge } from "../../../components/message-state";
import { shortUrl } from "../../../lib/format";
import { hrefHere } from "../../../router";

const WORDS: Record<Relation, string> = {
  callback: "Callback",
  failureCallback: "Failure callback",
  replay: "Replay",
  dlqRetry: "Retry from the dead letter queue",
  callResult: "Result of a call",
};

/** What it came of, and what came of it. */
export function Kinship({ detail: { parent, children } }: { detail: MessageDetail }) {
  if (!parent && children.length === 0) return null;
  return (
    <ul class="kin" aria-label="Related messages">
      {parent && <One kin={parent} text={`${WORDS[parent.relation]} of`} />}
      {children.map((child) => (
        <One key={child.messageId} kin={child} text={`${WORDS[child.relation]}:`} />
      ))}
    </ul>
  );
}

function One({ kin: { messageId, state, url }, text }: { kin: Kin; text: string }) {
  return (
    <li>
      {text}{" "}
      {state ? (
        <>
          <a class="id" href={hrefHere([messageId])}>
            {messageId}
          </a>{" "}
          <StateBadge state={state} /> <span class="faint">{shortUrl(url ?? "")}</span>
        </>
      ) : (
        <span class="id">{messageId} (not kept any more)</span>
      )}
    </li>
  );
}
