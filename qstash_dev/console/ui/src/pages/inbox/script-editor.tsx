/** The editor of the script of an inbox: its answers, as forms or as JSON. */

import { ActionButton, Button, Toolbar } from "../../components/button";
import { ErrorNotice } from "../../components/error-notice";
import { FieldError, TextField } from "../../components/field";
import { Menu } from "../../components/menu";
import { plural } from "../../lib/format";
import { AnswerForm } from "./answer-form";
import { type AnswerFields, fieldsOfAnswer, moved, PRESETS } from "./script";
import { type ScriptDraft, type ScriptEditing, useScript } from "./use-script";

export function ScriptEditor({ name }: { name: string }) {
  const script = useScript(name);
  if (script.error) return <ErrorNotice text={script.error} />;
  if (!script.draft) return null;
  return <Editor script={script} draft={script.draft} />;
}

function Editor({ script, draft }: { script: ScriptEditing; draft: ScriptDraft }) {
  const asJson = draft.text !== null;
  return (
    <div class="script">
      <p class="faint">
        Each request gets the next answer, and the last one repeats. Delays are in real time, independent of the clock.
      </p>
      {script.answersLeft !== null && (
        <div class="moved-on" role="status">
          <p>The script on the server has changed meanwhile: it has {plural(script.answersLeft, "answer")} left.</p>
          <Button text="Drop my changes" kind="quiet" onClick={script.discard} />
        </div>
      )}
      <Toolbar label="How to write it">
        <Button text="Forms" kind="quiet" pressed={!asJson} onClick={() => script.showText(false)} />
        <Button text="JSON" kind="quiet" pressed={asJson} onClick={() => !asJson && script.showText(true)} />
      </Toolbar>
      {draft.text === null ? <Forms script={script} draft={draft} /> : <Json script={script} text={draft.text} draft={draft} />}
      {draft.error?.index === -1 && !asJson && <FieldError text={draft.error.message} />}
      <Toolbar label="Save">
        <ActionButton
          text="Answer like this"
          icon="check"
          kind={draft.changed ? "main" : "plain"}
          disabled={!draft.changed}
          hint={draft.changed ? "From the next request on" : "The inbox answers like this already"}
          action={script.save}
        />
        {draft.changed && <Button text="Drop my changes" onClick={script.discard} />}
      </Toolbar>
    </div>
  );
}

function Json({ script, text, draft }: { script: ScriptEditing; text: string; draft: ScriptDraft }) {
  const { error } = draft;
  return (
    <TextField
      label="Script"
      hint="An array of answers: a status, or an object with any of status, headers, body, bodyBase64, json, delay and drop."
      value={text}
      rows={16}
      code
      error={error ? `${error.index >= 0 ? `Answer ${error.index + 1}: ` : ""}${error.message}` : undefined}
      onChange={script.editText}
    />
  );
}

function Forms({ script, draft: { entries, error } }: { script: ScriptEditing; draft: ScriptDraft }) {
  const change = (index: number, entry: AnswerFields): void => script.edit(entries.with(index, entry));
  return (
    <>
      <ol class="answers">
        {entries.map((entry, index) => (
          <AnswerForm
            key={entry.id}
            entry={entry}
            index={index}
            count={entries.length}
            error={error?.index === index ? error.message : ""}
            onChange={(next) => change(index, next)}
            onMove={(by) => script.edit(moved(entries, index, by))}
            onRemove={() => script.edit(entries.toSpliced(index, 1))}
          />
        ))}
      </ol>
      <Menu
        text="Add an answer"
        icon="plus"
        items={PRESETS.map(([text, answer]) => ({ text, run: () => script.edit([...entries, fieldsOfAnswer(answer)]) }))}
      />
    </>
  );
}
