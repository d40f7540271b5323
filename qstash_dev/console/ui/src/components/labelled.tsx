/** Fields of forms: each with its label above it, and what is wrong with it below. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon";

interface LabelledProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What may be written, in a few words. */
  hint?: string | undefined;
  error?: string | undefined;
}

interface TextFieldProps extends LabelledProps {
  placeholder?: string;
  inputMode?: "numeric" | "decimal";
  /** Shown in the typeface of code. */
  code?: boolean;
  /** Called for Enter. */
  onEnter?: () => void;
  /** More than one line. */
  rows?: number;
}

export function TextField(props: TextFieldProps) {
  const id = useId();
  const shared = {
    id,
    value: props.value,
    placeholder: props.placeholder,
    class: props.code ? "mono" : undefined,
    spellcheck: false,
    autocomplete: "off" as const,
    "aria-invalid": props.error ? ("true" as const) : undefined,
    "aria-describedby": described(id, props),
  };
  return (
    <Labelled id={id} {...props}>
      {props.rows === undefined ? (
        <input
          {...shared}
          inputMode={props.inputMode}
          onInput={(event) => props.onChange(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") props.onEnter?.();
          }}
        />
      ) : (
        <textarea {...shared} rows={props.rows} onInput={(event) => props.onChange(event.currentTarget.value)} />
      )}
    </Labelled>
  );
}

export type Choice = readonly [value: string, text: string];

export function SelectField({ choices, ...props }: LabelledProps & { choices: readonly Choice[] }) {
  const id = useId();
  return (
    <Labelled id={id} {...props}>
      <select
        id={id}
        value={props.value}
        aria-describedby={described(id, props)}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      >
        {choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
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

interface FrameProps {
  id: string;
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  children: ComponentChildren;
}

function Labelled({ id, label, hint, error, children }: FrameProps) {
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      {children}
      {hint && (
        <p class="faint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && <Wrong id={`${id}-error`} text={error} />}
    </div>
  );
}

/** What is wrong, next to what it is wrong about. */
export function Wrong({ id, text }: { id?: string; text: string }) {
  return (
    <p class="wrong" id={id} role="alert">
      <Icon name="warning" />
      <span>{text}</span>
    </p>
  );
}

function described(id: string, { hint, error }: { hint?: string | undefined; error?: string | undefined }) {
  return [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
}
