import { useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { revision } from "./feed";
import { type QuerySource, ServerQuery } from "./query";

/** What the server tells, kept current while it is shown; another `key` makes it something else. */
export function useQuery<T>(key: string, source: QuerySource<T>): ServerQuery<T> {
  const query = useMemo(() => new ServerQuery(source), [key]);
  const seen = useRef(revision.peek());
  useEffect(() => {
    void query.refresh();
    return () => query.close();
  }, [query]);
  useSignalEffect(() => {
    if (revision.value === seen.current) return;
    seen.current = revision.value;
    query.changed();
  });
  return query;
}
