/** The script of an inbox in the editor; follows that of the server until it is edited. */

import { useEffect, useState } from "preact/hooks";
import { getScript, setScript } from "../../api/inboxes";
import type { InboxAnswer } from "../../api/types";
import { toast } from "../../store/toasts";
import { useQuery } from "../../store/use-query";
import {
  type AnswerFields,
  answersOfFields,
  fieldsOfAnswer,
  parseScript,
  ScriptError,
  scriptError,
  scriptText,
} from "./script";

/** The script of a new inbox. */
const DEFAULT_SCRIPT: InboxAnswer[] = [{ status: 200 }];

/** A script with more answers is edited as JSON. */
export const MOST_FORMS = 50;

export interface ScriptDraft {
  entries: AnswerFields[];
  /** The JSON while it is edited, used instead of `entries`; else null. */
  text: string | null;
  changed: boolean;
  error: ScriptError | null;
}

export interface ScriptEditing {
  draft: ScriptDraft | null;
  error: string;
  /** Number of answers that the server has left, if its script has changed since the edit began; else null. */
  answersLeft: number | null;
  edit: (entries: AnswerFields[]) => void;
  editText: (text: string) => void;
  showText: (on: boolean) => void;
  discard: () => void;
  save: () => Promise<void>;
}

export function useScript(name: string): ScriptEditing {
  const query = useQuery(name, async (signal) => (await getScript(name, signal)) ?? { script: DEFAULT_SCRIPT });
  const [draft, setDraft] = useState<ScriptDraft | null>(null);
  const [base, setBase] = useState("");
  const served = query.value.value?.script;
  const servedText = served && JSON.stringify(served);
  const takeServed = (): void => {
    if (!served || servedText === undefined) return;
    setBase(servedText);
    setDraft((before) => draftOfScript(served, before?.text !== null && before !== null));
  };
  useEffect(() => {
    if (servedText !== undefined && servedText !== base && !draft?.changed) takeServed();
  }, [servedText]);
  const fail = (problem: unknown): void => {
    setDraft((before) => before && { ...before, error: scriptError(problem) });
  };
  return {
    draft,
    error: query.error.value,
    answersLeft: draft?.changed && servedText !== undefined && servedText !== base ? (served?.length ?? 0) : null,
    edit: (entries) => setDraft((before) => before && { ...before, entries, changed: true, error: null }),
    editText: (text) => setDraft((before) => before && { ...before, text, changed: true, error: null }),
    showText: (on) => {
      if (!draft) return;
      try {
        setDraft(on ? asText(draft) : asForms(draft));
      } catch (problem) {
        fail(problem);
      }
    },
    discard: takeServed,
    save: async () => {
      if (!draft) return;
      try {
        await setScript(name, draft.text === null ? answersOfFields(draft.entries) : parseScript(draft.text));
        setDraft({ ...draft, changed: false, error: null });
        toast("The inbox gives these answers from its next request on.");
        void query.refresh();
      } catch (problem) {
        fail(problem);
      }
    },
  };
}

function draftOfScript(served: InboxAnswer[], text: boolean): ScriptDraft {
  const draft: ScriptDraft = { entries: served.map(fieldsOfAnswer), text: null, changed: false, error: null };
  if (text && !served.some(({ function: made }) => made !== undefined)) return asText(draft);
  return served.length > MOST_FORMS ? { ...draft, text: scriptText(served) } : draft;
}

const asText = (draft: ScriptDraft): ScriptDraft => ({ ...draft, text: scriptText(answersOfFields(draft.entries)), error: null });

function asForms(draft: ScriptDraft): ScriptDraft {
  const answers = parseScript(draft.text ?? "[]");
  if (answers.length > MOST_FORMS) throw new ScriptError(-1, `there are too many answers for forms: at most ${MOST_FORMS}`);
  return { ...draft, entries: answers.map(fieldsOfAnswer), text: null, error: null };
}
