/** The form for one answer of an inbox. */

import { useEffect, useRef } from "preact/hooks";
import { Button, Toolbar } from "../../components/button";
import { CheckField, FieldError, SelectField, TextField } from "../../components/field";
import { type AnswerFields, BODY_KINDS, type BodyKind } from "./script";

interface AnswerFormProps {
  entry: AnswerFields;
  index: number;
  count: number;
  error: string;
  onChange: (entry: AnswerFields) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}

export function AnswerForm({ entry, index, count, error, onChange, onMove, onRemove }: AnswerFormProps) {
  const item = useRef<HTMLLIElement>(null);
  // The button that saves may be far below the error.
  useEffect(() => {
    if (error) item.current?.querySelector<HTMLElement>("input, select, textarea")?.focus();
  }, [error]);
  const set = (change: Partial<AnswerFields>): void => onChange({ ...entry, ...change });
  const name = `Answer ${index + 1}`;
  return (
    <li ref={item} class={error ? "answer bad" : "answer"} aria-label={name}>
      <header>
        <h3>
          {name}
          {index === count - 1 && <span class="faint">{count > 1 ? ", and to all later requests" : " to every request"}</span>}
        </h3>
        <Toolbar label={`Move or remove answer ${index + 1}`}>
          <Button text="Earlier" icon="up" kind="quiet" iconOnly disabled={index === 0} onClick={() => onMove(-1)} />
          <Button text="Later" icon="down" kind="quiet" iconOnly disabled={index === count - 1} onClick={() => onMove(1)} />
          <Button
            text="Remove"
            icon="cross"
            kind="quiet"
            iconOnly
            disabled={count === 1}
            hint={count === 1 ? "An inbox has at least one answer" : "Remove"}
            onClick={onRemove}
          />
        </Toolbar>
      </header>
      {entry.made ? <p>The function {entry.made} of a test makes it.</p> : <Fields entry={entry} set={set} />}
      {error && <FieldError text={error} />}
    </li>
  );
}

function Fields({ entry, set }: { entry: AnswerFields; set: (change: Partial<AnswerFields>) => void }) {
  return (
    <div class="answer-fields">
      {!entry.drop && (
        <TextField label="Status" value={entry.status} inputMode="numeric" onChange={(status) => set({ status })} />
      )}
      <TextField label="Delay" value={entry.delay} placeholder="none, or 500ms" onChange={(delay) => set({ delay })} />
      {!entry.drop && (
        <SelectField
          label="Body"
          value={entry.kind}
          choices={BODY_KINDS}
          onChange={(kind) => set({ kind: kind as BodyKind })}
        />
      )}
      <CheckField label="Reset the connection instead" value={entry.drop} onChange={(drop) => set({ drop })} />
      {!entry.drop && (
        <>
          {entry.kind !== "none" && (
            <TextField label="Content of the body" value={entry.body} rows={3} code onChange={(body) => set({ body })} />
          )}
          <TextField
            label="Headers"
            value={entry.headers}
            placeholder="Retry-After: 60"
            rows={Math.min(6, entry.headers.split("\n").length)}
            code
            onChange={(headers) => set({ headers })}
          />
        </>
      )}
    </div>
  );
}
