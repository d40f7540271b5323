/** The list of what a workflow run waits for, with buttons that end the wait. */

import { serverUrl } from "../../../api/http";
import type { RunDetail, RunWait, RunWaitKind } from "../../../api/types";
import { ActionButton, Button, CopyButton } from "../../../components/button";
import { Icon } from "../../../components/icon";
import { ExactTime, RelativeTime } from "../../../components/time";
import { plural } from "../../../lib/format";
import { href } from "../../../router";
import { WAIT_ICONS } from "../badges";
import { deliverNow } from "./actions";
import { runHref } from "./related-runs";

/** Waits that end when their message is delivered at once. */
const SKIPPABLE: Partial<Record<RunWaitKind, { text: string; toastText: string }>> = {
  sleep: { text: "Skip the sleep", toastText: "The sleep has ended." },
  delay: { text: "Start now", toastText: "The run starts now." },
  retry: { text: "Retry now", toastText: "The step is retried now." },
  call: { text: "Call now", toastText: "The call is made now." },
};

export function Waits({ detail, onNotify }: { detail: RunDetail; onNotify: (eventId: string) => void }) {
  if (detail.waits.length === 0) return null;
  return (
    <section class="wait-list" aria-label="Waits for">
      <h3>Waits for</h3>
      <ul>
        {detail.waits.map((wait) => (
          <li key={wait.messageId ?? wait.workflowRunId ?? `${wait.eventId ?? ""}-${wait.stepId ?? ""}`}>
            <Icon name={WAIT_ICONS[wait.kind]} />
            <p>
              <What wait={wait} /> <Until wait={wait} />
            </p>
            <Action wait={wait} onNotify={onNotify} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function What({ wait }: { wait: RunWait }) {
  const name = <strong>{wait.stepName ?? "the next step"}</strong>;
  switch (wait.kind) {
    case "sleep":
      return <>{name} sleeps</>;
    case "delay":
      return <>The start is delayed</>;
    case "delivery":
      return <>{name} is running: the endpoint has not answered yet</>;
    case "retry":
      return <>{name} is retried</>;
    case "turn":
      return (
        <>
          {name} waits for {wait.text}
        </>
      );
    case "call":
      return (
        <>
          {name} calls <span class="url">{wait.url}</span>
          {wait.dueAt === undefined ? ", which has not answered yet" : ", again"}
        </>
      );
    case "event":
      return (
        <>
          {name} waits for event <code>{wait.eventId}</code>
          {(wait.waiters ?? 1) > 1 && <span class="faint"> ({plural(wait.waiters ?? 1, "run")} wait for it)</span>}
        </>
      );
    case "webhook":
      return (
        <>
          {name} waits for a call of its webhook <Hook path={wait.hook ?? ""} />
        </>
      );
    case "invoke":
      return (
        <>
          {name} waits for what <a href={runHref(wait.workflowRunId ?? "")}>{wait.workflowRunId}</a> returns
        </>
      );
  }
}

function Hook({ path }: { path: string }) {
  const url = `${serverUrl()}/${path}`;
  return (
    <span class="hook">
      <code>{url}</code> <CopyButton text={url} what="the address of the webhook" />
    </span>
  );
}

function Until({ wait: { kind, dueAt } }: { wait: RunWait }) {
  if (dueAt === undefined) return null;
  const word = { sleep: "until", event: "at most until", webhook: "at most until" }[kind as string] ?? "at";
  return (
    <span class="faint">
      {word} <ExactTime at={dueAt} /> (<RelativeTime at={dueAt} />)
    </span>
  );
}

function Action({ wait, onNotify }: { wait: RunWait; onNotify: (eventId: string) => void }) {
  const { kind, messageId, dueAt, eventId } = wait;
  const skippable = SKIPPABLE[kind];
  if (kind === "event" && eventId !== undefined) {
    return <Button text="Notify" icon="bell" kind="main" onClick={() => onNotify(eventId)} />;
  }
  if (skippable && messageId !== undefined && dueAt !== undefined) {
    return (
      <ActionButton
        text={skippable.text}
        icon="play"
        kind="main"
        hint="End the wait now"
        action={() => deliverNow(messageId, skippable.toastText)}
      />
    );
  }
  return messageId === undefined ? null : (
    <a class="button quiet" href={href("messages", [messageId])}>
      Its message
    </a>
  );
}
