/** The bulk job: an action on many entries, one at a time, which continues while other pages are shown. */

import { signal } from "@preact/signals";
import { deleteDlqEntries, type DlqQuery, listDlqEntries, resumeOrRestartRuns, retryDlqMessages } from "../../api/dlq";
import { errorMessage } from "../../api/http";
import type { DlqEntry, DlqEntryKind } from "../../api/types";
import { plural } from "../../lib/format";
import { toast, toastError } from "../../store/toasts";
import { type BulkProgress, matchingIds, runBulkCalls, selectedIds } from "./bulk-calls";

export type BulkAction = "retry" | "resume" | "restart" | "delete";

export const BULK_ACTIONS: Record<BulkAction, { text: string; done: string; doing: string }> = {
  retry: { text: "Retry", done: "retried", doing: "Retrying" },
  resume: { text: "Resume", done: "resumed", doing: "Resuming" },
  restart: { text: "Restart", done: "restarted", doing: "Restarting" },
  delete: { text: "Delete", done: "deleted", doing: "Deleting" },
};

/** The most entries in one request. The server resumes or restarts at most 50 runs at once. */
const SIZES: Record<BulkAction, number> = { retry: 100, resume: 50, restart: 50, delete: 200 };

/** The entries of a bulk job: those selected, or all that match the query; `counts` is their number. */
export interface BulkTarget {
  query: DlqQuery;
  selected: DlqEntry[];
  counts: Record<DlqEntryKind, number>;
}

export interface BulkJob extends BulkProgress {
  verb: BulkAction;
  stop: () => void;
}

export const bulkJob = signal<BulkJob | null>(null);

/** Starts the job. Throws the error of the first request, so that the dialog can show it beside its options. */
export async function startBulkJob(verb: BulkAction, target: BulkTarget, token: string, headers: Record<string, string> = {}): Promise<void> {
  if (bulkJob.value) throw new Error("Another action on many entries is running: wait until it is done, or stop it.");
  const abort = new AbortController();
  const kinds = kindsOf(verb);
  const of = kinds.reduce((sum, kind) => sum + target.counts[kind], 0);
  let before = 0;
  bulkJob.value = { verb, done: 0, of, stop: () => abort.abort() };
  const onProgress = ({ done }: BulkProgress): void => {
    if (bulkJob.value) bulkJob.value = { ...bulkJob.value, done: before + done };
  };
  try {
    for (const kind of kinds) {
      if (target.counts[kind] === 0) continue;
      const callFor = (ids: string[]): Promise<unknown> => call(verb, kind, ids, token, headers);
      before += await runBulkCalls({ ids: idsOf(verb, kind, target), of, callFor, onProgress, signal: abort.signal });
    }
    toast(`${plural(before, "entry", "entries")} ${BULK_ACTIONS[verb].done}${abort.signal.aborted ? ", then stopped" : ""}.`);
  } catch (error) {
    const done = bulkJob.value.done;
    if (done === 0) throw error;
    toastError(`Stopped after ${plural(done, "entry", "entries")}: ${errorMessage(error)}`);
  } finally {
    bulkJob.value = null;
  }
}

const kindsOf = (verb: BulkAction): DlqEntryKind[] =>
  verb === "delete" ? ["message", "run"] : verb === "retry" ? ["message"] : ["run"];

function idsOf(verb: BulkAction, kind: DlqEntryKind, { query, selected: entries }: BulkTarget): AsyncIterable<string[]> {
  if (entries.length > 0) return selectedIds(entries, kind, SIZES[verb]);
  return matchingIds((cursor, count) => listDlqEntries({ ...query, count, ...(cursor && { cursor }) }), kind, SIZES[verb]);
}

function call(verb: BulkAction, kind: DlqEntryKind, ids: string[], token: string, headers: Record<string, string>): Promise<unknown> {
  if (verb === "delete") return deleteDlqEntries(kind, ids, token);
  return verb === "retry" ? retryDlqMessages(ids, token, headers) : resumeOrRestartRuns(verb, ids, token, headers);
}
