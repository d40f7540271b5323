/** The main fields: mode, destination, content type, body and headers. */

import { serverUrl } from "../../api/http";
import { Button } from "../../components/button";
import { FormField } from "../../components/field";
import { prettyJson } from "../../lib/format";
import type { Mode } from "../../publish/form";
import { user } from "../../router";
import { HeaderRows, SelectInput, TextInput } from "./fields";
import { knownNames } from "./name-suggestions";
import { change, changeText, current, inBatch } from "./requests";

export const METHODS = ["POST", "GET", "PUT", "PATCH", "DELETE"].map((method) => [method, method] as const);
const MODES: [mode: Mode, text: string, hint: string][] = [
  ["publish", "Publish", "A message that is delivered as soon as possible."],
  ["enqueue", "Enqueue", "A message that a queue delivers in order."],
  ["schedule", "Schedule", "A message at each time of a cron expression."],
];
const CONTENT_TYPES = ["application/json", "text/plain", "application/x-www-form-urlencoded", "application/xml", "application/octet-stream"];
const CRONS = ["* * * * *", "*/5 * * * *", "0 * * * *", "0 4 * * *", "0 9 * * MON-FRI", "@daily", "@every 90s"];
const ZONES = Intl.supportedValuesOf("timeZone");

export function DestinationFields() {
  const { mode } = current.value.form;
  return (
    <section class="sheet" aria-label="Request">
      <ModeChoice />
      {mode === "schedule" && (
        <div class="row thirds">
          <TextInput path="schedule.cron" label="Cron expression" placeholder="*/5 * * * *" suggestions={CRONS} />
          <TextInput path="schedule.zone" label="Time zone" placeholder="UTC" suggestions={ZONES} />
          <TextInput path="schedule.id" label="Schedule id" placeholder="created by the server" hint="A schedule with the same id is overwritten." />
        </div>
      )}
      {mode !== "publish" && (
        <TextInput
          path="queue"
          label={mode === "schedule" ? "Queue (optional)" : "Queue"}
          placeholder={mode === "schedule" ? "none: publish without a queue" : "orders"}
          suggestions={knownNames.value.queues}
        />
      )}
      <div class="row method-and-url">
        <SelectInput path="method" label="Method" choices={METHODS} />
        <TextInput
          path="destination"
          label="Destination"
          placeholder="http://localhost:3000/api/orders"
          hint={<DestinationHint />}
          suggestions={knownNames.value.groups}
        />
      </div>
    </section>
  );
}

function DestinationHint() {
  if (current.value.form.destination) return <>A URL, or the name of a URL group of {user.value}.</>;
  return (
    <>
      A URL, or the name of a URL group. No app yet?{" "}
      <Button
        text="Use the inbox of this server"
        kind="quiet"
        onClick={() => changeText("destination", `${serverUrl()}/_dev/inbox/builder`)}
      />
    </>
  );
}

function ModeChoice() {
  const { mode } = current.value.form;
  return (
    <fieldset class="modes">
      <legend class="visually-hidden">What to make</legend>
      <div class="segments">
        {MODES.map(([id, text]) => (
          <label key={id}>
            <input
              type="radio"
              name="mode"
              value={id}
              checked={mode === id}
              disabled={id === "schedule" && inBatch.value}
              onChange={() => change({ mode: id }, ["queue", "schedule.cron"])}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
      <p class="hint">
        {MODES.find(([id]) => id === mode)?.[2]}
        {inBatch.value && " Schedules cannot be part of a batch."}
      </p>
    </fieldset>
  );
}

export function ContentFields() {
  const { bytes, body, contentType, headers } = current.value.form;
  return (
    <section class="sheet" aria-label="Content">
      <div class="row content-kind">
        <TextInput path="contentType" label="Content type" placeholder="none" suggestions={CONTENT_TYPES} />
        <FormField label="Body is">
          {(attributes) => (
            <select
              {...attributes}
              value={bytes ? "bytes" : "text"}
              onChange={(event) => change({ bytes: event.currentTarget.value === "bytes" }, ["body"])}
            >
              <option value="text">Text</option>
              <option value="bytes">Bytes, in base64</option>
            </select>
          )}
        </FormField>
      </div>
      <FormField label="Body" hint={bodyHint(bytes, body, contentType)} error={current.value.errors.body} class="body-field">
        {(attributes) => (
          <textarea
            {...attributes}
            data-field="body"
            rows={7}
            spellcheck={false}
            value={body}
            onInput={(event) => changeText("body", event.currentTarget.value)}
          />
        )}
      </FormField>
      <Format bytes={bytes} body={body} />
      <HeaderRows
        field="headers"
        label="Headers that the destination gets"
        value={headers}
        onChange={(value) => change({ headers: value }, ["headers"])}
      />
    </section>
  );
}

function Format({ bytes, body }: { bytes: boolean; body: string }) {
  const pretty = bytes ? null : prettyJson(body);
  if (pretty === null || pretty === body) return null;
  return <Button text="Format the JSON" kind="quiet" onClick={() => changeText("body", pretty)} />;
}

function bodyHint(bytes: boolean, body: string, contentType: string): string {
  if (bytes || !body || !/\bjson\b/i.test(contentType)) return "";
  try {
    JSON.parse(body);
    return "";
  } catch {
    return "This is not JSON, unlike the content type. It is sent as it is.";
  }
}
