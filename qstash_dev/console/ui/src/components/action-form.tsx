/** A short form with its button; an error of the server is shown below it. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { errorMessage } from "../api/http";
import { FormField } from "./field";
import { Icon } from "./icon";
import "./action-form.css";

interface ActionFormProps {
  label: string;
  /** The text of the button. */
  submit: string;
  main?: boolean;
  action: (values: FormValues) => Promise<void>;
  children: ComponentChildren;
}

/** The trimmed values of the fields, by name. */
export type FormValues = Record<string, string>;

export function ActionForm({ label, submit, main = false, action, children }: ActionFormProps) {
  const [busy, setBusy] = useState(false);
  const [error, setProblem] = useState("");
  const send = (form: HTMLFormElement): void => {
    if (busy) return;
    setBusy(true);
    setProblem("");
    action(valuesOf(form))
      .then(() => form.reset())
      .catch((error: unknown) => setProblem(errorMessage(error)))
      .finally(() => setBusy(false));
  };
  return (
    <form
      class="action-form"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        send(event.currentTarget);
      }}
    >
      <div class="fields">
        {children}
        <button type="submit" class={`button ${main ? "main" : "plain"}`} aria-disabled={busy ? "true" : undefined}>
          {submit}
        </button>
      </div>
      <p class="form-error" role="alert">
        {error && (
          <>
            <Icon name="warning" /> {error}
          </>
        )}
      </p>
    </form>
  );
}

interface FieldProps {
  name: string;
  text: string;
  hint?: string;
  /** Has the focus when the form opens. */
  first?: boolean;
  /** Takes the remaining width. */
  wide?: boolean;
  /** For a whole number above zero. */
  number?: boolean;
  required?: boolean;
  placeholder?: string;
  defaultValue?: string;
}

export function ActionField({ name, text, hint, wide = false, number = false, first = false, ...given }: FieldProps) {
  return (
    <FormField label={text} hint={hint} class={wide ? "wide" : ""}>
      {(described) => {
        const input = { ...given, ...described, name, autoFocus: first, autoComplete: "off" };
        return number ? <input {...input} type="number" min={1} step={1} /> : <input {...input} spellcheck={false} />;
      }}
    </FormField>
  );
}

function valuesOf(form: HTMLFormElement): FormValues {
  const entries = [...new FormData(form)].map(([name, value]) => [name, typeof value === "string" ? value.trim() : ""]);
  return Object.fromEntries(entries) as FormValues;
}
