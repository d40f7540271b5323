/** The optional fields: delay, retries, callbacks, flow control, deduplication, labels and redaction. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { FormField } from "../../components/field";
import { plural } from "../../lib/format";
import { type Form, localTime, unixSeconds } from "../../publish/form";
import { nonEmpty } from "../../publish/request";
import { CheckInput, HeaderRows, ListField, SelectInput, TextInput } from "./fields";
import { knownNames } from "./name-suggestions";
import { METHODS } from "./request-fields";
import { change, changeText, current } from "./requests";

const open = signal<Record<string, boolean>>({ timing: true });

interface OptionsProps {
  id: string;
  title: string;
  /** The values that are set; their number is shown. */
  set: unknown[];
  /** Prefixes of its fields: the group opens when one of them has an error. */
  fields: string[];
  children: ComponentChildren;
}

function Options({ id, title, set, fields, children }: OptionsProps) {
  const wrong = Object.keys(current.value.errors).some((error) => fields.some((field) => error.startsWith(field)));
  const used = set.filter(Boolean).length;
  return (
    <details
      class="sheet options"
      open={wrong || open.value[id]}
      onToggle={(event) => (open.value = { ...open.peek(), [id]: event.currentTarget.open })}
    >
      <summary>
        <h2>{title}</h2>
        {used > 0 && <span class="tag">{plural(used, "option")} set</span>}
      </summary>
      <div class="inside">{children}</div>
    </details>
  );
}

export function TimingFields() {
  const { mode, delay, notBefore, retries, retryDelay, timeout } = current.value.form;
  const scheduled = mode === "schedule";
  return (
    <Options
      id="timing"
      title="Delay, retries and timeout"
      set={[delay, !scheduled && notBefore, retries, retryDelay, timeout]}
      fields={["delay", "notBefore", "retries", "retryDelay", "timeout"]}
    >
      <div class="row halves">
        <TextInput path="delay" label="Delay" placeholder="none" hint="Such as 30s, 5m or 1d10h." />
        {!scheduled && <NotBefore />}
      </div>
      <div class="row timing">
        <TextInput path="retries" label="Retries" placeholder="3" hint="After the first attempt." numeric />
        <TextInput path="timeout" label="Timeout of an attempt" placeholder="that of the plan" hint="Such as 10s." />
        <TextInput path="retryDelay" label="Delay between retries" placeholder="exponential" hint="In ms: pow(2, retried) * 1000" />
      </div>
    </Options>
  );
}

function NotBefore() {
  const { notBefore } = current.value.form;
  return (
    <FormField
      label="Not before"
      hint={notBefore ? `Unix time ${notBefore}. It overrides a delay.` : "In your own time zone. It overrides a delay."}
      error={current.value.errors.notBefore}
    >
      {(attributes) => (
        <input
          {...attributes}
          data-field="notBefore"
          type="datetime-local"
          step="1"
          value={localTime(notBefore)}
          onChange={(event) => changeText("notBefore", unixSeconds(event.currentTarget.value))}
        />
      )}
    </FormField>
  );
}

export function CallbackFields() {
  const { callback, failureCallback } = current.value.form;
  return (
    <Options id="callbacks" title="Callbacks" set={[callback.url, failureCallback.url]} fields={["callback", "failureCallback"]}>
      <Callback of="callback" label="Callback" hint="Receives the response of the destination." />
      <Callback of="failureCallback" label="Failure callback" hint="Receives the last response when all retries are used up." />
    </Options>
  );
}

/** The methods of a callback; POST is the default. */
const CALLBACK_METHODS = METHODS.map(([method]) => [method === "POST" ? "" : method, method] as const);

function Callback({ of, label, hint }: { of: "callback" | "failureCallback"; label: string; hint: string }) {
  const { url, headers } = current.value.form[of];
  return (
    <fieldset class="callback">
      <legend class="visually-hidden">{label}</legend>
      <TextInput path={`${of}.url`} label={`${label} URL`} placeholder="none" hint={hint} />
      {url && (
        <>
          <div class="row fifths">
            <SelectInput path={`${of}.method`} label="Its method" choices={CALLBACK_METHODS} />
            <TextInput path={`${of}.retries`} label="Its retries" placeholder="as the message" numeric />
            <TextInput path={`${of}.timeout`} label="Its timeout" placeholder="none" />
            <TextInput path={`${of}.delay`} label="Its delay" placeholder="none" />
            <TextInput path={`${of}.retryDelay`} label="Between its retries" placeholder="exponential" />
          </div>
          <HeaderRows
            field={`${of}.headers`}
            label={`Headers that the ${label.toLowerCase()} gets`}
            value={headers}
            onChange={(value) => change({ [of]: { ...current.value.form[of], headers: value } }, [`${of}.headers`])}
          />
        </>
      )}
    </fieldset>
  );
}

export function LimitFields() {
  const { mode, flowControl, deduplicationId, contentBasedDeduplication, labels, redact } = current.value.form;
  const hidden = redact.body || redact.header || nonEmpty(redact.names).length > 0;
  const once = mode === "schedule" ? [] : [deduplicationId, contentBasedDeduplication];
  return (
    <Options
      id="limits"
      title="Flow control, deduplication, labels and redaction"
      set={[flowControl.key, ...once, nonEmpty(labels).length > 0, hidden]}
      fields={["flowControl", "deduplicationId", "labels", "redact"]}
    >
      <div class="row fourths">
        <TextInput path="flowControl.key" label="Flow control key" placeholder="none" suggestions={knownNames.value.flowControlKeys} />
        <TextInput path="flowControl.parallelism" label="Parallelism" placeholder="no limit" numeric />
        <TextInput path="flowControl.rate" label="Rate" placeholder="no limit" hint="Calls in a period." numeric />
        <TextInput path="flowControl.period" label="Period" placeholder="1s" />
      </div>
      {mode !== "schedule" && <Deduplication form={current.value.form} />}
      <ListField
        field="labels"
        label="Labels"
        hint="Separated by commas."
        value={labels}
        onChange={(value) => change({ labels: value }, ["labels"])}
      />
      <Redaction form={current.value.form} />
    </Options>
  );
}

function Deduplication({ form }: { form: Form }) {
  return (
    <div class="row halves">
      <TextInput path="deduplicationId" label="Deduplication id" placeholder="none" hint="The same id within ten minutes creates no new message." />
      <CheckInput
        label="Deduplicate by content"
        checked={form.contentBasedDeduplication}
        onChange={(checked) => change({ contentBasedDeduplication: checked }, ["deduplicationId"])}
      />
    </div>
  );
}

function Redaction({ form: { redact } }: { form: Form }) {
  const edit = (patch: Partial<Form["redact"]>): void => change({ redact: { ...redact, ...patch } }, ["redact"]);
  return (
    <fieldset class="redaction">
      <legend>Redact in logs and lists</legend>
      <CheckInput label="The body" checked={redact.body} onChange={(body) => edit({ body })} />
      <CheckInput label="All headers" checked={redact.header} onChange={(header) => edit({ header })} />
      {!redact.header && (
        <ListField
          field="redact"
          label="Headers by name"
          hint="Separated by commas."
          value={redact.names}
          onChange={(names) => edit({ names })}
        />
      )}
    </fieldset>
  );
}
