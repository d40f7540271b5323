/** The script that is being written: follows the server's until somebody changes it. */

import { useEffect, useState } from "preact/hooks";
import { messageOf } from "../../api/http";
import { getScript, setScript, type ShownAnswer } from "../../api/inboxes";
import { announce } from "../../store/toasts";
import { useReading } from "../../store/use-query";
import { answersOf, type Entry, entryOf, parseScript, ScriptError, scriptError, scriptText } from "./script";

/** What an inbox answers that nobody has told what to answer. */
const UNTOLD: ShownAnswer[] = [{ status: 200 }];

/** More forms than this nobody wants to see: it is written as JSON. */
export const MOST_FORMS = 50;

export interface Draft {
  entries: Entry[];
  /** Instead of `entries` while the JSON is edited. */
  text: string | null;
  changed: boolean;
  error: ScriptError | null;
}

export interface ScriptDraft {
  draft: Draft | null;
  problem: string;
  /** How many answers the server has left, if its script is another one than the draft began with. */
  movedOn: number | null;
  edit: (entries: Entry[]) => void;
  editText: (text: string) => void;
  showText: (on: boolean) => void;
  takeServers: () => void;
  save: () => Promise<void>;
}

export function useScript(name: string): ScriptDraft {
  const reading = useReading(name, async (signal) => (await getScript(name, signal)) ?? { script: UNTOLD });
  const [draft, setDraft] = useState<Draft | null>(null);
  const [base, setBase] = useState("");
  const served = reading.value.value?.script;
  const servedText = served && JSON.stringify(served);
  const take = (): void => {
    if (!served || servedText === undefined) return;
    setBase(servedText);
    setDraft((before) => begin(served, before?.text !== null && before !== null));
  };
  useEffect(() => {
    if (servedText !== undefined && servedText !== base && !draft?.changed) take();
  }, [servedText]);
  const fail = (problem: unknown): void => {
    const wrong = problem instanceof ScriptError ? problem : scriptError(messageOf(problem));
    setDraft((before) => before && { ...before, error: wrong });
  };
  return {
    draft,
    problem: reading.error.value,
    movedOn: draft?.changed && servedText !== undefined && servedText !== base ? (served?.length ?? 0) : null,
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
    takeServers: take,
    save: async () => {
      if (!draft) return;
      try {
        await setScript(name, draft.text === null ? answersOf(draft.entries) : parseScript(draft.text));
        setDraft({ ...draft, changed: false, error: null });
        announce("The inbox answers so from its next request on.");
        void reading.refresh();
      } catch (problem) {
        fail(problem);
      }
    },
  };
}

function begin(served: ShownAnswer[], text: boolean): Draft {
  const draft: Draft = { entries: served.map(entryOf), text: null, changed: false, error: null };
  if (text && !served.some(({ function: made }) => made !== undefined)) return asText(draft);
  return served.length > MOST_FORMS ? { ...draft, text: scriptText(served) } : draft;
}

const asText = (draft: Draft): Draft => ({ ...draft, text: scriptText(answersOf(draft.entries)), error: null });

function asForms(draft: Draft): Draft {
  const answers = parseScript(draft.text ?? "[]");
  if (answers.length > MOST_FORMS) throw new ScriptError(-1, `there are too many answers for forms: at most ${MOST_FORMS}`);
  return { ...draft, entries: answers.map(entryOf), text: null, error: null };
}
