/** What the server tells, read again whenever something has changed there. */

import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../api/http";
import { revision } from "./feed";

export interface Reread<T> {
  /** Null until there is an answer, and while the latest one is an error. */
  value: T | null;
  error: string;
  /** Read now, for whoever has just changed something. */
  again: () => void;
}

/** `read` is always of the same thing: a component that shows another thing gets another key. */
export function useReread<T>(read: (signal: AbortSignal) => Promise<T>): Reread<T> {
  const [answer, setAnswer] = useState<Omit<Reread<T>, "again">>({ value: null, error: "" });
  const [asked, setAsked] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  const current = revision.value;
  useEffect(() => {
    const abort = new AbortController();
    latest
      .current(abort.signal)
      .then((value) => setAnswer({ value, error: "" }))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setAnswer({ value: null, error: messageOf(error) });
      });
    return () => abort.abort();
  }, [current, asked]);
  return { ...answer, again: () => setAsked((times) => times + 1) };
}
