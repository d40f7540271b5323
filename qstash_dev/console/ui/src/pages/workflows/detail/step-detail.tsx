/** The details of a step: its properties, delivery attempts, request and result. */

import type { RunDetail, Step, StepAttempt } from "../../../api/types";
import { Badge } from "../../../components/badge";
import { Icon } from "../../../components/icon";
import { BodyView } from "../../../components/payload";
import { Properties, type Property } from "../../../components/properties";
import { ExactTime, RelativeTime } from "../../../components/time";
import { duration } from "../../../lib/format";
import { href } from "../../../router";
import { textBody } from "./bodies";
import { messageIn } from "./failure";
import { runHref } from "./related-runs";
import { stepResult } from "./step-result";
import type { Bar } from "./timeline-layout";

interface StepDetailProps {
  bar: Bar;
  detail: RunDetail;
  onWhole: () => void;
}

export function StepDetail({ bar, onWhole }: StepDetailProps) {
  const { step } = bar;
  return (
    <div class="step-detail">
      <Properties properties={propertiesOf(bar)} />
      {step.attempts.length > 0 && <Attempts attempts={step.attempts} />}
      {step.callBody !== undefined && step.callBody !== "" && (
        <>
          <h4>Request of the call</h4>
          <BodyView body={textBody(step.callBody)} label="Request of the call" onReadWhole={onWhole} />
        </>
      )}
      <Output step={step} onWhole={onWhole} />
    </div>
  );
}

function Output({ step, onWhole }: { step: Step; onWhole: () => void }) {
  const out = stepResult(step);
  if (out === null) return null;
  const title = step.stepType === "Initial" ? "Payload" : out.title;
  return (
    <>
      <h4>{title}</h4>
      <BodyView body={textBody(out.text)} label={title} onReadWhole={onWhole} />
    </>
  );
}

function propertiesOf({ step, beganAfterMs, lastedMs }: Bar): Property[] {
  return [
    [
      "Began",
      <>
        <ExactTime at={step.begunAt} /> <span class="faint">(+{duration(beganAfterMs)})</span>
      </>,
    ],
    ["Ended", step.endedAt !== undefined && step.stepType !== "Initial" && <ExactTime at={step.endedAt} />],
    [
      step.phase === "retrying" ? "Next attempt" : "Ends",
      step.endedAt === undefined && step.dueAt !== undefined && (
        <>
          <RelativeTime at={step.dueAt} /> (<ExactTime at={step.dueAt} />)
        </>
      ),
    ],
    ["Lasted", step.stepType !== "Initial" && duration(lastedMs)],
    ["Sleeps for", step.sleepFor !== undefined && seconds(step.sleepFor)],
    ["Concurrent", (step.concurrent ?? 1) > 1 && `${step.concurrent ?? 1} steps at once`],
    ["Event", step.waitEventId && <code>{step.waitEventId}</code>],
    ["Timed out", step.waitTimeout && `Yes, after ${step.waitTimeoutDuration ?? ""}`],
    ["Waits at most", !step.waitTimeout && step.waitTimeoutDuration],
    [
      "Calls",
      step.callUrl && (
        <>
          <span class="method">{step.callMethod}</span> <span class="url">{step.callUrl}</span>
        </>
      ),
    ],
    ["Answered", step.callResponseStatus !== undefined && answered(step.callResponseStatus)],
    ["Invoked run", step.invokedWorkflowRunId && <a href={runHref(step.invokedWorkflowRunId)}>{step.invokedWorkflowRunId}</a>],
    ["Messages", messages(step)],
  ];
}

function messages({ messageId, triedIn }: Step) {
  const ids = [...new Set([triedIn, messageId].filter((id): id is string => Boolean(id)))];
  if (ids.length === 0) return undefined;
  return ids.map((id) => (
    <span key={id} class="message-link">
      <a class="id" href={href("messages", [id])}>
        {id}
      </a>
    </span>
  ));
}

/** A number of seconds as a duration; a duration of the SDK as it is. */
const seconds = (value: number | string): string => (typeof value === "number" ? duration(value * 1000) : value);

function Attempts({ attempts }: { attempts: StepAttempt[] }) {
  return (
    <>
      <h4>Attempts</h4>
      <ol class="step-attempts">
        {attempts.map((attempt) => (
          <li key={attempt.number}>
            <p>
              <Outcome attempt={attempt} /> <span>Attempt {attempt.number}</span>{" "}
              <span class="faint">
                <ExactTime at={attempt.time} short />
                {attempt.duration !== undefined && ` · ${duration(attempt.duration)}`}
              </span>
            </p>
            {attempt.error !== undefined && <Failed attempt={attempt} />}
          </li>
        ))}
      </ol>
    </>
  );
}

function Outcome({ attempt: { endedAt, error, status } }: { attempt: StepAttempt }) {
  if (endedAt === undefined) return <Badge tone="busy" icon="fly" text="In flight" />;
  const text = status === undefined ? "No answer" : String(status);
  return error === undefined ? (
    <Badge tone="good" icon="check" text={text} />
  ) : (
    <Badge tone="bad" icon="cross" text={text} />
  );
}

function Failed({ attempt: { error = "", hint, body = "" } }: { attempt: StepAttempt }) {
  const said = messageIn(body);
  return (
    <div class="explained">
      <p>
        <Icon name="warning" /> {said ?? error}
      </p>
      {said === undefined && hint !== undefined && <p class="hint">{hint}</p>}
      {body !== "" && (
        <details>
          <summary>Its answer</summary>
          <BodyView body={textBody(body)} label="Answer" />
        </details>
      )}
    </div>
  );
}

/** A call that got no answer has a status below zero. */
const answered = (status: number): string => (status > 0 ? `HTTP status ${status}` : "No answer");
