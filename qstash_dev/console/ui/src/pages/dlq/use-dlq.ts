import { useEffect, useMemo, useState } from "preact/hooks";
import { getLetter, type Letter, type LetterDetail, type LetterGroups, listGroups, listLetters } from "../../api/dlq";
import { messageOf } from "../../api/http";
import { route, user } from "../../router";
import { revision } from "../../store/feed";
import { Paged } from "../../store/paged-list";
import { job } from "./bulk-job";
import { groupQuery, letterQuery, listKey } from "./filters";
import { pickNone } from "./selection";

/** The entries that the address asks for, kept current for as long as they are shown. */
export function useLetters(): Paged<Letter> {
  const key = listKey(user.value, route.value.query);
  const list = useMemo(() => {
    const wanted = letterQuery(user.value, route.value.query);
    return new Paged<Letter>(
      async (cursor, count, signal) => {
        const page = await listLetters({ ...wanted, count, ...(cursor !== undefined && { cursor }) }, signal);
        return { rows: page.letters, ...(page.cursor !== undefined && { cursor: page.cursor }) };
      },
      ({ dlqId }) => dlqId,
    );
  }, [key]);
  useEffect(() => {
    pickNone();
    void list.refresh();
    return () => list.close();
  }, [list]);
  const seen = revision.value;
  useEffect(() => {
    if (list.ready.peek()) void list.changed();
  }, [seen]);
  // What was done with many has changed the list all over.
  const busy = job.value !== null;
  useEffect(() => {
    if (!busy && list.ready.peek()) void list.refresh();
  }, [busy]);
  return list;
}

export interface Groups {
  found: LetterGroups | null;
  error: string;
}

export function useGroups(): Groups {
  const wanted = groupQuery(user.value, route.value.query);
  const [groups, setGroups] = useState<Groups>({ found: null, error: "" });
  const seen = revision.value;
  const busy = job.value !== null;
  useEffect(() => {
    const abort = new AbortController();
    listGroups(wanted, abort.signal)
      .then((found) => setGroups({ found, error: "" }))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setGroups((before) => ({ ...before, error: messageOf(error) }));
      });
    return () => abort.abort();
  }, [JSON.stringify(wanted), seen, busy]);
  return groups;
}

const WHOLE_BYTES = 50 * 1024 * 1024;

export interface LoadedLetter {
  detail: LetterDetail | null;
  error: string;
  readWhole: () => void;
}

/** One entry, read again when anything has happened: its failure function may have been told. */
export function useLetter(id: string): LoadedLetter {
  const [detail, setDetail] = useState<LetterDetail | null>(null);
  const [error, setError] = useState("");
  const [whole, setWhole] = useState(false);
  const seen = revision.value;
  const owner = user.value;
  useEffect(() => {
    const abort = new AbortController();
    getLetter(id, owner, whole ? WHOLE_BYTES : undefined, abort.signal)
      .then((found) => {
        setDetail(found);
        setError("");
      })
      .catch((problem: unknown) => {
        if (abort.signal.aborted) return;
        setDetail(null);
        setError(messageOf(problem));
      });
    return () => abort.abort();
  }, [id, owner, whole, seen]);
  return { detail, error, readWhole: () => setWhole(true) };
}
