/** The builder: a form for everything that can be published, the same as code, and the server's answer. */

import { useEffect, useRef } from "preact/hooks";
import { messageOf } from "../../api/http";
import { Badge } from "../../components/badge";
import { ActionButton, Button, Toolbar } from "../../components/button";
import { Icon } from "../../components/icon";
import { Tabs } from "../../components/tabs";
import { useShortcuts } from "../../lib/keyboard";
import { draftOf, loadDetail } from "../../publish/draft-of-message";
import { emptyForm, formOf } from "../../publish/form";
import { DEFAULT_USER, href, route, user } from "../../router";
import { complain } from "../../store/toasts";
import type { Page } from "../page";
import { CodeTabs } from "./code-tabs";
import { Callbacks, Limits, Timing } from "./option-fields";
import { Content, Request } from "./request-fields";
import {
  add,
  bringBack,
  chosen,
  entries,
  entry,
  inBatch,
  origin,
  remove,
  replace,
  replaced,
  sending,
} from "./requests";
import { AnswerPanel } from "./response-panel";
import { send } from "./send";
import "./builder.css";

function Builder() {
  const box = useRef<HTMLFormElement>(null);
  const { from } = route.value.query;
  useEffect(() => {
    // Whoever comes back finds what they have made of it meanwhile.
    if (from && origin.peek()?.id !== from) void fill(from);
  }, [from]);
  const sendAndLook = async (): Promise<void> => {
    const accepted = await send();
    requestAnimationFrame(() => (accepted ? showAnswer(box.current) : focusFault(box.current)));
  };
  useShortcuts([{ key: "Ctrl+Enter", text: "Send what the builder holds", run: () => undefined }]);
  useEffect(() => onSendKey(() => void sendAndLook()), []);
  return (
    <form class="builder" ref={box} aria-label="Request builder" onSubmit={(event) => event.preventDefault()}>
      <div class="writing">
        <Notices />
        <Fields />
        <Actions onSend={sendAndLook} />
      </div>
      <div class="result">
        <AnswerPanel />
        <CodeTabs />
      </div>
    </form>
  );
}

function Fields() {
  if (!inBatch.value) return <FieldsOfOne key={entry.value.key} />;
  return (
    <Tabs
      label="Requests of the batch"
      tabs={entries.value.map(({ key, form, faults }, index) => ({
        id: String(key),
        text: `${index + 1} ${shortName(form.destination)}${Object.keys(faults).length > 0 ? " (wrong)" : ""}`,
      }))}
      chosen={String(entry.value.key)}
      onChoose={(id) => (chosen.value = entries.value.findIndex(({ key }) => String(key) === id))}
    >
      <FieldsOfOne key={entry.value.key} />
    </Tabs>
  );
}

function FieldsOfOne() {
  return (
    <>
      <Request />
      <Content />
      <Timing />
      <Callbacks />
      <Limits />
    </>
  );
}

function shortName(destination: string): string {
  const short = destination.replace(/^https?:\/\//i, "");
  if (!short) return "no destination";
  return short.length > 24 ? `${short.slice(0, 11)}…${short.slice(-12)}` : short;
}

function Actions({ onSend }: { onSend: () => Promise<void> }) {
  const { mode } = entry.value.form;
  const scheduled = mode === "schedule";
  const verb = inBatch.value ? `Send batch of ${entries.value.length}` : { publish: "Publish", enqueue: "Enqueue", schedule: "Schedule" }[mode];
  return (
    <div class="send-bar">
      <Toolbar label="Actions">
        <ActionButton text={verb} icon="fly" kind="main" disabled={sending.value} hint="Ctrl+Enter, or ⌘ and Enter" action={onSend} />
        <Button
          text={inBatch.value ? "Add another" : "Add to batch"}
          disabled={scheduled}
          hint={scheduled ? "A schedule is made on its own" : "One more request, to be sent together"}
          onClick={add}
        />
        {inBatch.value && <Button text="Remove" kind="danger" onClick={remove} />}
        <Button text="Start over" kind="quiet" onClick={() => replace([emptyForm()], null)} />
      </Toolbar>
      <p class="as-whom">
        as <strong>{user.value}</strong>
        <kbd aria-hidden="true">Ctrl ⏎</kbd>
      </p>
    </div>
  );
}

function Notices() {
  const from = origin.value;
  return (
    <div class="notices" role="status">
      {from && (
        <p class="notice">
          <Icon name="messages" />
          <span>
            Filled from{" "}
            <a class="id" href={href("messages", [from.id], { user: from.user === DEFAULT_USER ? "" : from.user })}>
              {from.id}
            </a>
            {from.user !== user.value && `, which is of ${from.user}`}.
          </span>
          <Button text="Fill again" kind="quiet" onClick={() => void fill(from.id)} />
        </p>
      )}
      {from?.warnings.map((text) => (
        <p class="notice" key={text}>
          <Badge tone="warn" icon="warning" text="Not the same" /> <span>{text}</span>
        </p>
      ))}
      {replaced.value && (
        <p class="notice">
          <Icon name="builder" />
          <span>What was here before is kept.</span>
          <Button text="Bring it back" kind="quiet" onClick={bringBack} />
        </p>
      )}
    </div>
  );
}

async function fill(id: string): Promise<void> {
  try {
    const detail = await loadDetail(id);
    const draft = draftOf(detail);
    replace([formOf(draft)], { id, user: detail.user, warnings: draft.warnings });
  } catch (error) {
    complain(messageOf(error));
  }
}

function onSendKey(run: () => void): () => void {
  const listener = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    run();
  };
  addEventListener("keydown", listener);
  return () => removeEventListener("keydown", listener);
}

function focusFault(box: HTMLElement | null): void {
  const field = box?.querySelector<HTMLElement>("[data-field][aria-invalid]");
  if (!field) {
    showAnswer(box);
    return;
  }
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
}

/** Where both do not fit beside each other, the answer is below. */
function showAnswer(box: HTMLElement | null): void {
  box?.querySelector(".outcome")?.scrollIntoView({ block: "start" });
}

export const builderPage: Page = { path: "builder", title: "Builder", icon: "builder", View: Builder };
