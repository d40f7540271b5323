/** Everything that need not be said. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { FormField } from "../../components/field";
import { plural } from "../../lib/format";
import { type Form, localTime, unixSeconds } from "../../publish/form";
import { listed } from "../../publish/request";
import { Check, Choice, HeaderRows, Listed, Text } from "./fields";
import { known } from "./name-suggestions";
import { METHODS } from "./request-fields";
import { change, changeText, entry } from "./requests";

const open = signal<Record<string, boolean>>({ timing: true });

interface OptionsProps {
  id: string;
  title: string;
  /** What of it is in use. */
  set: unknown[];
  /** Names of its fields begin so: it opens when one of them is wrong. */
  fields: string[];
  children: ComponentChildren;
}

function Options({ id, title, set, fields, children }: OptionsProps) {
  const wrong = Object.keys(entry.value.faults).some((fault) => fields.some((field) => fault.startsWith(field)));
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

export function Timing() {
  const { mode, delay, notBefore, retries, retryDelay, timeout } = entry.value.form;
  const scheduled = mode === "schedule";
  return (
    <Options
      id="timing"
      title="Delay, retries and timeout"
      set={[delay, !scheduled && notBefore, retries, retryDelay, timeout]}
      fields={["delay", "notBefore", "retries", "retryDelay", "timeout"]}
    >
      <div class="row halves">
        <Text path="delay" label="Delay" placeholder="none" hint="Such as 30s, 5m or 1d10h." />
        {!scheduled && <NotBefore />}
      </div>
      <div class="row timing">
        <Text path="retries" label="Retries" placeholder="3" hint="After the first attempt." numeric />
        <Text path="timeout" label="Timeout of an attempt" placeholder="that of the plan" hint="Such as 10s." />
        <Text path="retryDelay" label="Delay between retries" placeholder="exponential" hint="In ms: pow(2, retried) * 1000" />
      </div>
    </Options>
  );
}

function NotBefore() {
  const { notBefore } = entry.value.form;
  return (
    <FormField
      label="Not before"
      hint={notBefore ? `Unix time ${notBefore}. It wins over a delay.` : "In your own time zone. It wins over a delay."}
      error={entry.value.faults.notBefore}
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

export function Callbacks() {
  const { callback, failureCallback } = entry.value.form;
  return (
    <Options id="callbacks" title="Callbacks" set={[callback.url, failureCallback.url]} fields={["callback", "failureCallback"]}>
      <Callback of="callback" label="Callback" hint="Gets the answer of the destination." />
      <Callback of="failureCallback" label="Failure callback" hint="Gets the last answer when all retries are used up." />
    </Options>
  );
}

/** POST goes without saying. */
const CALLBACK_METHODS = METHODS.map(([method]) => [method === "POST" ? "" : method, method] as const);

function Callback({ of, label, hint }: { of: "callback" | "failureCallback"; label: string; hint: string }) {
  const { url, headers } = entry.value.form[of];
  return (
    <fieldset class="callback">
      <legend class="visually-hidden">{label}</legend>
      <Text path={`${of}.url`} label={`${label} URL`} placeholder="none" hint={hint} />
      {url && (
        <>
          <div class="row fifths">
            <Choice path={`${of}.method`} label="Its method" choices={CALLBACK_METHODS} />
            <Text path={`${of}.retries`} label="Its retries" placeholder="as the message" numeric />
            <Text path={`${of}.timeout`} label="Its timeout" placeholder="none" />
            <Text path={`${of}.delay`} label="Its delay" placeholder="none" />
            <Text path={`${of}.retryDelay`} label="Between its retries" placeholder="exponential" />
          </div>
          <HeaderRows
            field={`${of}.headers`}
            label={`Headers that the ${label.toLowerCase()} gets`}
            value={headers}
            onChange={(value) => change({ [of]: { ...entry.value.form[of], headers: value } }, [`${of}.headers`])}
          />
        </>
      )}
    </fieldset>
  );
}

export function Limits() {
  const { mode, flowControl, deduplicationId, contentBasedDeduplication, labels, redact } = entry.value.form;
  const hidden = redact.body || redact.header || listed(redact.names).length > 0;
  const once = mode === "schedule" ? [] : [deduplicationId, contentBasedDeduplication];
  return (
    <Options
      id="limits"
      title="Flow control, deduplication, labels and redaction"
      set={[flowControl.key, ...once, listed(labels).length > 0, hidden]}
      fields={["flowControl", "deduplicationId", "labels", "redact"]}
    >
      <div class="row fourths">
        <Text path="flowControl.key" label="Flow control key" placeholder="none" suggestions={known.value.flowControlKeys} />
        <Text path="flowControl.parallelism" label="Parallelism" placeholder="no limit" numeric />
        <Text path="flowControl.rate" label="Rate" placeholder="no limit" hint="Calls in a period." numeric />
        <Text path="flowControl.period" label="Period" placeholder="1s" />
      </div>
      {mode !== "schedule" && <Deduplication form={entry.value.form} />}
      <Listed
        field="labels"
        label="Labels"
        hint="With commas between them."
        value={labels}
        onChange={(value) => change({ labels: value }, ["labels"])}
      />
      <Redaction form={entry.value.form} />
    </Options>
  );
}

function Deduplication({ form }: { form: Form }) {
  return (
    <div class="row halves">
      <Text path="deduplicationId" label="Deduplication id" placeholder="none" hint="The same id within ten minutes makes no new message." />
      <Check
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
      <Check label="The body" checked={redact.body} onChange={(body) => edit({ body })} />
      <Check label="All headers" checked={redact.header} onChange={(header) => edit({ header })} />
      {!redact.header && (
        <Listed
          field="redact"
          label="Headers by name"
          hint="With commas between them."
          value={redact.names}
          onChange={(names) => edit({ names })}
        />
      )}
    </fieldset>
  );
}
