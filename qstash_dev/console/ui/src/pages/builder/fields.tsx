/** The fields of the builder, each bound to its path in the form. */

import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { Button } from "../../components/button";
import { FieldError, FormField, Suggestions } from "../../components/field";
import type { HeaderPair } from "../../publish/draft";
import { type FieldPath, valueAt } from "../../publish/form";
import { readKnownNames } from "./name-suggestions";
import { changeText, current } from "./requests";

interface TextProps {
  path: FieldPath;
  label: string;
  hint?: ComponentChildren;
  placeholder?: string;
  class?: string;
  suggestions?: string[];
  /** Shows the keyboard for numbers. */
  numeric?: boolean;
}

export function TextInput({ path, label, hint, placeholder, class: name, suggestions, numeric }: TextProps) {
  const list = useId();
  return (
    <FormField label={label} hint={hint} error={current.value.errors[path]} {...(name && { class: name })}>
      {(attributes) => (
        <>
          <input
            {...attributes}
            data-field={path}
            list={suggestions ? list : undefined}
            inputMode={numeric ? "numeric" : undefined}
            value={valueAt(current.value.form, path)}
            placeholder={placeholder}
            autoComplete="off"
            autoCapitalize="off"
            spellcheck={false}
            onFocus={suggestions ? readKnownNames : undefined}
            onInput={(event) => changeText(path, event.currentTarget.value)}
          />
          {suggestions && <Suggestions id={list} values={suggestions} />}
        </>
      )}
    </FormField>
  );
}

interface ChoiceProps {
  path: FieldPath;
  label: string;
  choices: (readonly [value: string, text: string])[];
}

export function SelectInput({ path, label, choices }: ChoiceProps) {
  return (
    <FormField label={label} error={current.value.errors[path]}>
      {(attributes) => (
        <select
          {...attributes}
          data-field={path}
          value={valueAt(current.value.form, path)}
          onChange={(event) => changeText(path, event.currentTarget.value)}
        >
          {choices.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </FormField>
  );
}

interface CheckProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function CheckInput({ label, checked, onChange }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

interface HeadersProps {
  /** `headers`, or `callback.headers`, `failureCallback.headers`. */
  field: string;
  label: string;
  value: HeaderPair[];
  onChange: (value: HeaderPair[]) => void;
}

/** Header names and values, one pair on each row. */
export function HeaderRows({ field, label, value, onChange }: HeadersProps) {
  const id = useId();
  const box = useRef<HTMLFieldSetElement>(null);
  const error = current.value.errors[field];
  const edit = (index: number, pair: HeaderPair): void => onChange(value.map((one, at) => (at === index ? pair : one)));
  const focus = (selector: string): void => {
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(selector)?.focus());
  };
  return (
    <fieldset class="header-rows" ref={box} aria-describedby={error ? `${id}-error` : undefined}>
      <legend>{label}</legend>
      {value.map(([name, text], index) => (
        <div class="header-row" key={index}>
          <input
            aria-label={`Name of header ${index + 1}`}
            placeholder="Name"
            value={name}
            data-field={index === 0 ? field : undefined}
            aria-invalid={error ? "true" : undefined}
            autoComplete="off"
            autoCapitalize="off"
            spellcheck={false}
            onInput={(event) => edit(index, [event.currentTarget.value, text])}
          />
          <input
            aria-label={`Value of header ${index + 1}`}
            placeholder="Value"
            value={text}
            autoComplete="off"
            autoCapitalize="off"
            spellcheck={false}
            onInput={(event) => edit(index, [name, event.currentTarget.value])}
          />
          <Button
            text={`Remove header ${index + 1}`}
            icon="cross"
            kind="quiet"
            iconOnly
            onClick={() => {
              onChange(value.filter((_, at) => at !== index));
              focus(":scope > .button");
            }}
          />
        </div>
      ))}
      {error && <FieldError id={`${id}-error`} text={error} />}
      <Button
        text="Add a header"
        kind="quiet"
        onClick={() => {
          onChange([...value, ["", ""]]);
          focus(".header-row:last-of-type input");
        }}
      />
    </fieldset>
  );
}

interface ListedProps {
  /** `labels`, or the names of headers to redact. */
  field: string;
  label: string;
  hint?: string;
  value: string[];
  onChange: (value: string[]) => void;
}

/** Several values in one field, separated by commas as in the header. */
export function ListField({ field, label, hint, value, onChange }: ListedProps) {
  return (
    <FormField label={label} hint={hint} error={current.value.errors[field]}>
      {(attributes) => (
        <input
          {...attributes}
          data-field={field}
          value={value.join(",")}
          autoComplete="off"
          spellcheck={false}
          onInput={(event) => onChange(event.currentTarget.value === "" ? [] : event.currentTarget.value.split(","))}
        />
      )}
    </FormField>
  );
}
