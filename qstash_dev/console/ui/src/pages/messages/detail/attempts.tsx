/** The tab with the delivery attempts of a message. */

import type { DeliveryAttempt, MessageDetail, VerdictReason } from "../../../api/types";
import { Badge } from "../../../components/badge";
import { Icon } from "../../../components/icon";
import { Partial } from "../../../components/partial";
import { BodyView, HeaderTable } from "../../../components/payload";
import { ExactTime } from "../../../components/time";
import { duration, sentence } from "../../../lib/format";

interface AttemptsProps {
  detail: MessageDetail;
  onWhole: () => void;
}

/** Verdicts that say why the latest attempt has failed. */
const TOLD = new Set<VerdictReason>(["retrying", "gave-up"]);

/** The delivery attempts of a message, the latest first and opened. */
export function Attempts({ detail, onWhole }: AttemptsProps) {
  if (detail.attempts.length === 0) return <NotYet detail={detail} onWhole={onWhole} />;
  return (
    <ol class="attempts" reversed>
      {detail.attempts.toReversed().map((attempt, index) => (
        <li key={attempt.time + attempt.number}>
          <details open={index === 0}>
            <summary>
              <Outcome attempt={attempt} />
              <span>Attempt {attempt.number}</span>
              <span class="faint">
                <ExactTime at={attempt.time} short /> · {duration(attempt.duration)}
              </span>
            </summary>
            <AttemptDetails attempt={attempt} told={index === 0 && TOLD.has(detail.verdict.reason)} onWhole={onWhole} />
          </details>
        </li>
      ))}
    </ol>
  );
}

function Outcome({ attempt: { succeeded, response, error = "" } }: { attempt: DeliveryAttempt }) {
  const text = response ? String(response.status) : "No answer";
  return succeeded ? (
    <Badge tone="good" icon="check" text={text} />
  ) : (
    <span title={error}>
      <Badge tone="bad" icon="cross" text={text} />
    </span>
  );
}

interface DetailsProps {
  attempt: DeliveryAttempt;
  /** The verdict on the message says why it failed. */
  told: boolean;
  onWhole: () => void;
}

function AttemptDetails({ attempt, told, onWhole }: DetailsProps) {
  const { request, response } = attempt;
  return (
    <>
      {attempt.error !== undefined && !told && (
        <div class="explained">
          <p>
            <Icon name="warning" /> {sentence(attempt.sentence ?? attempt.error)}
          </p>
          {attempt.hint !== undefined && <p class="hint">{sentence(attempt.hint)}</p>}
        </div>
      )}
      <h3>Request as sent</h3>
      <p class="target">
        <span class="method">{request.method}</span> <span class="url">{request.sentTo || request.url}</span>
      </p>
      {request.sentTo !== "" && request.sentTo !== request.url && (
        <p class="faint">A mapping sent it there instead of {request.url}.</p>
      )}
      {attempt.fault !== undefined && <p class="faint">The fault {attempt.fault} was applied.</p>}
      <HeaderTable headers={request.headers} label="Request headers" />
      <BodyView body={request} label="Request body" onReadWhole={onWhole} />
      <h3>Response as received</h3>
      {response ? (
        <>
          <p class="target">HTTP status {response.status}</p>
          <Partial response={response} />
          <HeaderTable headers={response.headers} label="Response headers" />
          <BodyView body={response} label="Response body" onReadWhole={onWhole} />
        </>
      ) : (
        <p class="faint">There was none.</p>
      )}
    </>
  );
}

function NotYet({ detail, onWhole }: AttemptsProps) {
  const { message } = detail;
  return (
    <>
      <p>No delivery attempt has ended yet.</p>
      <h3>What will be sent</h3>
      <HeaderTable headers={message.header ?? {}} label="Forwarded headers" />
      <BodyView body={message} label="Body" onReadWhole={onWhole} />
    </>
  );
}
