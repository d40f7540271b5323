/** Entries, groups and one entry of the dead letter queue as hooks, kept current. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { getDlqEntry, listDlqEntries, listDlqGroups } from "../../api/dlq";
import { errorMessage } from "../../api/http";
import type { DlqEntry, DlqEntryDetail, DlqGroups } from "../../api/types";
import { route, user } from "../../router";
import { revision } from "../../store/feed";
import { PagedList } from "../../store/paged-list";
import { bulkJob } from "./bulk-job";
import { entryQuery, groupQuery, listKey } from "./filters";
import { selectNone } from "./selection";

/** The entries that match the address, kept current while they are shown. */
export function useEntries(): PagedList<DlqEntry> {
  const key = listKey(user.value, route.value.query);
  const list = useMemo(() => {
    const wanted = entryQuery(user.value, route.value.query);
    return new PagedList<DlqEntry>(
      async (cursor, count, signal) => {
        const page = await listDlqEntries({ ...wanted, count, ...(cursor !== undefined && { cursor }) }, signal);
        return { rows: page.letters, ...(page.cursor !== undefined && { cursor: page.cursor }) };
      },
      ({ dlqId }) => dlqId,
    );
  }, [key]);
  useEffect(() => {
    selectNone();
    void list.refresh();
    return () => list.close();
  }, [list]);
  const seen = revision.value;
  useEffect(() => {
    if (list.ready.peek()) void list.changed();
  }, [seen]);
  // A bulk job has changed the whole list.
  const busy = bulkJob.value !== null;
  useEffect(() => {
    if (!busy && list.ready.peek()) void list.refresh();
  }, [busy]);
  return list;
}

export interface Groups {
  found: DlqGroups | null;
  error: string;
}

export function useGroups(): Groups {
  const wanted = groupQuery(user.value, route.value.query);
  const [groups, setGroups] = useState<Groups>({ found: null, error: "" });
  const seen = revision.value;
  const busy = bulkJob.value !== null;
  useEffect(() => {
    const abort = new AbortController();
    listDlqGroups(wanted, abort.signal)
      .then((found) => setGroups({ found, error: "" }))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setGroups((before) => ({ ...before, error: errorMessage(error) }));
      });
    return () => abort.abort();
  }, [JSON.stringify(wanted), seen, busy]);
  return groups;
}

const WHOLE_BYTES = 50 * 1024 * 1024;

export interface LoadedEntry {
  detail: DlqEntryDetail | null;
  error: string;
  readWhole: () => void;
}

/** One entry, read again when anything has changed, such as the state of its failure function. */
export function useEntry(id: string): LoadedEntry {
  const [detail, setDetail] = useState<DlqEntryDetail | null>(null);
  const [error, setError] = useState("");
  const [whole, setWhole] = useState(false);
  const seen = revision.value;
  const owner = user.value;
  useEffect(() => {
    const abort = new AbortController();
    getDlqEntry(id, owner, whole ? WHOLE_BYTES : undefined, abort.signal)
      .then((found) => {
        setDetail(found);
        setError("");
      })
      .catch((problem: unknown) => {
        if (abort.signal.aborted) return;
        setDetail(null);
        setError(errorMessage(problem));
      });
    return () => abort.abort();
  }, [id, owner, whole, seen]);
  return { detail, error, readWhole: () => setWhole(true) };
}
