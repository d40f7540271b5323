/** One thing done with many entries at a time, which goes on while the reader looks at other pages. */

import { signal } from "@preact/signals";
import {
  deleteLetters,
  type Letter,
  type LetterKind,
  type LetterQuery,
  listLetters,
  recoverRuns,
  retryLetters,
} from "../../api/dlq";
import { messageOf } from "../../api/http";
import { plural } from "../../lib/format";
import { announce, complain } from "../../store/toasts";
import { matching, picked, type Progress, runBulk } from "./bulk-calls";

export type Verb = "retry" | "resume" | "restart" | "delete";

export const VERBS: Record<Verb, { text: string; done: string; doing: string }> = {
  retry: { text: "Retry", done: "retried", doing: "Retrying" },
  resume: { text: "Resume", done: "resumed", doing: "Resuming" },
  restart: { text: "Restart", done: "restarted", doing: "Restarting" },
  delete: { text: "Delete", done: "deleted", doing: "Deleting" },
};

/** What a call may hold: the server recovers 50 runs at once. */
const SIZES: Record<Verb, number> = { retry: 100, resume: 50, restart: 50, delete: 200 };

/** With which entries: those picked, or all that the query means, of which there are `counts`. */
export interface Target {
  query: LetterQuery;
  picked: Letter[];
  counts: Record<LetterKind, number>;
}

export interface Job extends Progress {
  verb: Verb;
  stop: () => void;
}

export const job = signal<Job | null>(null);

/** Raises what the server says about the first call, so that whoever gave the settings can mend them. */
export async function start(verb: Verb, target: Target, token: string, headers: Record<string, string> = {}): Promise<void> {
  if (job.value) throw new Error("One thing at a time: wait until it is done, or stop it.");
  const abort = new AbortController();
  const kinds = kindsOf(verb);
  const of = kinds.reduce((sum, kind) => sum + target.counts[kind], 0);
  let before = 0;
  job.value = { verb, done: 0, of, stop: () => abort.abort() };
  const tell = ({ done }: Progress): void => {
    if (job.value) job.value = { ...job.value, done: before + done };
  };
  try {
    for (const kind of kinds) {
      if (target.counts[kind] === 0) continue;
      const act = (ids: string[]): Promise<unknown> => call(verb, kind, ids, token, headers);
      before += await runBulk({ ids: idsOf(verb, kind, target), of, act, tell, signal: abort.signal });
    }
    announce(`${plural(before, "entry", "entries")} ${VERBS[verb].done}${abort.signal.aborted ? ", then stopped" : ""}.`);
  } catch (error) {
    const done = job.value.done;
    if (done === 0) throw error;
    complain(`Stopped after ${plural(done, "entry", "entries")}: ${messageOf(error)}`);
  } finally {
    job.value = null;
  }
}

const kindsOf = (verb: Verb): LetterKind[] =>
  verb === "delete" ? ["message", "run"] : verb === "retry" ? ["message"] : ["run"];

function idsOf(verb: Verb, kind: LetterKind, { query, picked: letters }: Target): AsyncIterable<string[]> {
  if (letters.length > 0) return picked(letters, kind, SIZES[verb]);
  return matching((cursor, count) => listLetters({ ...query, count, ...(cursor && { cursor }) }), kind, SIZES[verb]);
}

function call(verb: Verb, kind: LetterKind, ids: string[], token: string, headers: Record<string, string>): Promise<unknown> {
  if (verb === "delete") return deleteLetters(kind, ids, token);
  return verb === "retry" ? retryLetters(ids, token, headers) : recoverRuns(verb, ids, token, headers);
}
