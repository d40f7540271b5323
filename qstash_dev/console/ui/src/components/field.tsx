/** Fields of forms, each with its label above and its error below. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon";

interface LabelledProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** A short description of valid input. */
  hint?: string | undefined;
  error?: string | undefined;
}

interface TextFieldProps extends LabelledProps {
  placeholder?: string;
  inputMode?: "numeric" | "decimal";
  /** Shown in a monospaced font. */
  code?: boolean;
  /** Called when Enter is pressed. */
  onEnter?: () => void;
  /** Number of lines, for a field with several. */
  rows?: number;
}

export function TextField({ label, hint, error, value, onChange, ...props }: TextFieldProps) {
  const shared = {
    value,
    placeholder: props.placeholder,
    class: props.code ? "mono" : undefined,
    spellcheck: false,
    autocomplete: "off" as const,
  };
  return (
    <FormField label={label} hint={hint} error={error}>
      {(attributes) =>
        props.rows === undefined ? (
          <input
            {...shared}
            {...attributes}
            inputMode={props.inputMode}
            onInput={(event) => onChange(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") props.onEnter?.();
            }}
          />
        ) : (
          <textarea {...shared} {...attributes} rows={props.rows} onInput={(event) => onChange(event.currentTarget.value)} />
        )
      }
    </FormField>
  );
}

export type SelectOption = readonly [value: string, text: string];

export function SelectField({ choices, label, hint, error, value, onChange }: LabelledProps & { choices: readonly SelectOption[] }) {
  return (
    <FormField label={label} hint={hint} error={error}>
      {(described) => (
        <select {...described} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
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

export function CheckField({ label, value, onChange }: { label: string; value: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

interface FormFieldProps {
  label: string;
  /** A short description of valid input. */
  hint?: ComponentChildren;
  error?: string | undefined;
  class?: string;
  /** Renders the control with these attributes. */
  children: (attributes: ControlAttributes) => ComponentChildren;
}

export interface ControlAttributes {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": "true" | undefined;
}

export function FormField({ label, hint, error, class: name = "", children }: FormFieldProps) {
  const id = useId();
  const described = [...(error ? [`${id}-error`] : []), ...(hint ? [`${id}-hint`] : [])].join(" ");
  return (
    <div class={`labelled ${name}`}>
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error ? "true" : undefined })}
      {error && <FieldError id={`${id}-error`} text={error} />}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** The error of a field, shown below it. */
export function FieldError({ id, text }: { id?: string; text: string }) {
  return (
    <p class="wrong" id={id} role="alert">
      <Icon name="warning" />
      <span>{text}</span>
    </p>
  );
}

export function Suggestions({ id, values }: { id: string; values: string[] }) {
  return (
    <datalist id={id}>
      {values.map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}
