/** The page "Builder": a form for publish, enqueue and schedule, the same as code, and the server's answer. */

import { useEffect, useRef } from "preact/hooks";
import { errorMessage } from "../../api/http";
import { Badge } from "../../components/badge";
import { ActionButton, Button, Toolbar } from "../../components/button";
import { Icon } from "../../components/icon";
import { Tabs } from "../../components/tabs";
import { useShortcuts } from "../../lib/keyboard";
import { draftOf, loadMessage } from "../../publish/draft-of-message";
import { emptyForm, formOf } from "../../publish/form";
import { DEFAULT_USER, href, route, user } from "../../router";
import { toastError } from "../../store/toasts";
import type { Page } from "../page";
import { CodeTabs } from "./code-tabs";
import { CallbackFields, LimitFields, TimingFields } from "./option-fields";
import { ContentFields, DestinationFields } from "./request-fields";
import {
  addRequest,
  chosen,
  current,
  inBatch,
  removeRequest,
  replaced,
  replaceRequests,
  requests,
  restoreReplaced,
  sending,
  sourceMessage,
} from "./requests";
import { ResponsePanel } from "./response-panel";
import { send } from "./send";
import "./builder.css";

function Builder() {
  const box = useRef<HTMLFormElement>(null);
  const { from } = route.value.query;
  useEffect(() => {
    // On coming back, the edited form stays.
    if (from && sourceMessage.peek()?.id !== from) void fillFrom(from);
  }, [from]);
  const sendAndLook = async (): Promise<void> => {
    const accepted = await send();
    requestAnimationFrame(() => (accepted ? showResponse(box.current) : focusWrongField(box.current)));
  };
  useShortcuts([{ key: "Ctrl+Enter", text: "Send the request", run: () => undefined }]);
  useEffect(() => onSendKey(() => void sendAndLook()), []);
  return (
    <form class="builder" ref={box} aria-label="Request builder" onSubmit={(event) => event.preventDefault()}>
      <div class="writing">
        <Notices />
        <Fields />
        <Actions onSend={sendAndLook} />
      </div>
      <div class="result">
        <ResponsePanel />
        <CodeTabs />
      </div>
    </form>
  );
}

function Fields() {
  if (!inBatch.value) return <RequestFields key={current.value.key} />;
  return (
    <Tabs
      label="Requests of the batch"
      tabs={requests.value.map(({ key, form, errors }, index) => ({
        id: String(key),
        text: `${index + 1} ${shortName(form.destination)}${Object.keys(errors).length > 0 ? " (error)" : ""}`,
      }))}
      chosen={String(current.value.key)}
      onChoose={(id) => (chosen.value = requests.value.findIndex(({ key }) => String(key) === id))}
    >
      <RequestFields key={current.value.key} />
    </Tabs>
  );
}

function RequestFields() {
  return (
    <>
      <DestinationFields />
      <ContentFields />
      <TimingFields />
      <CallbackFields />
      <LimitFields />
    </>
  );
}

function shortName(destination: string): string {
  const short = destination.replace(/^https?:\/\//i, "");
  if (!short) return "no destination";
  return short.length > 24 ? `${short.slice(0, 11)}…${short.slice(-12)}` : short;
}

function Actions({ onSend }: { onSend: () => Promise<void> }) {
  const { mode } = current.value.form;
  const scheduled = mode === "schedule";
  const verb = inBatch.value ? `Send batch of ${requests.value.length}` : { publish: "Publish", enqueue: "Enqueue", schedule: "Schedule" }[mode];
  return (
    <div class="send-bar">
      <Toolbar label="Actions">
        <ActionButton text={verb} icon="fly" kind="main" disabled={sending.value} hint="Ctrl+Enter, or ⌘ and Enter" action={onSend} />
        <Button
          text={inBatch.value ? "Add another" : "Add to batch"}
          disabled={scheduled}
          hint={scheduled ? "A schedule cannot be part of a batch" : "Add another request, to be sent together"}
          onClick={addRequest}
        />
        {inBatch.value && <Button text="Remove" kind="danger" onClick={removeRequest} />}
        <Button text="Start over" kind="quiet" onClick={() => replaceRequests([emptyForm()], null)} />
      </Toolbar>
      <p class="as-whom">
        as <strong>{user.value}</strong>
        <kbd aria-hidden="true">Ctrl ⏎</kbd>
      </p>
    </div>
  );
}

function Notices() {
  const from = sourceMessage.value;
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
            {from.user !== user.value && `, a message of ${from.user}`}.
          </span>
          <Button text="Fill again" kind="quiet" onClick={() => void fillFrom(from.id)} />
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
          <span>The earlier form is kept.</span>
          <Button text="Bring it back" kind="quiet" onClick={restoreReplaced} />
        </p>
      )}
    </div>
  );
}

async function fillFrom(id: string): Promise<void> {
  try {
    const detail = await loadMessage(id);
    const draft = draftOf(detail);
    replaceRequests([formOf(draft)], { id, user: detail.user, warnings: draft.warnings });
  } catch (error) {
    toastError(errorMessage(error));
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

function focusWrongField(box: HTMLElement | null): void {
  const field = box?.querySelector<HTMLElement>("[data-field][aria-invalid]");
  if (!field) {
    showResponse(box);
    return;
  }
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
}

/** On a narrow screen the answer is below the form: scrolls to it. */
function showResponse(box: HTMLElement | null): void {
  box?.querySelector(".outcome")?.scrollIntoView({ block: "start" });
}

export const builderPage: Page = { path: "builder", title: "Builder", icon: "builder", View: Builder };
