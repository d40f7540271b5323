/** A few fields and the button that sends them. What the server has against it stands beside them. */

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { messageOf } from "../api/http";
import "./action-form.css";
import { Icon } from "./icon";

interface ActionFormProps {
  label: string;
  /** On the button. */
  submit: string;
  main?: boolean;
  action: (values: Values) => Promise<void>;
  children: ComponentChildren;
}

/** What stands in the fields, by their names, without blanks around it. */
export type Values = Record<string, string>;

export function ActionForm({ label, submit, main = false, action, children }: ActionFormProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const send = (form: HTMLFormElement): void => {
    if (busy) return;
    setBusy(true);
    setProblem("");
    action(valuesOf(form))
      .then(() => form.reset())
      .catch((error: unknown) => setProblem(messageOf(error)))
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
      <p class="form-problem" role="alert">
        {problem && (
          <>
            <Icon name="warning" /> {problem}
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
  /** Where one begins to type when the form opens. */
  first?: boolean;
  /** Takes what room is left. */
  wide?: boolean;
  /** A whole number above zero is wanted. */
  number?: boolean;
  required?: boolean;
  placeholder?: string;
  defaultValue?: string;
}

export function Field({ name, text, hint, wide = false, number = false, first = false, ...given }: FieldProps) {
  const id = useId();
  const input = { ...given, name, autoFocus: first, "aria-describedby": hint ? id : undefined, autoComplete: "off" };
  return (
    <div class={`field-box${wide ? " wide" : ""}`}>
      <label>
        <span>{text}</span>
        {number ? <input {...input} type="number" min={1} step={1} /> : <input {...input} spellcheck={false} />}
      </label>
      {hint && (
        <span id={id} class="hint">
          {hint}
        </span>
      )}
    </div>
  );
}

function valuesOf(form: HTMLFormElement): Values {
  const entries = [...new FormData(form)].map(([name, value]) => [name, typeof value === "string" ? value.trim() : ""]);
  return Object.fromEntries(entries) as Values;
}
