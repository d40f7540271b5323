/** Queries to the server as a hook. */

import { useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { revision } from "./feed";
import { type QuerySource, ServerQuery } from "./query";

/** A query that is repeated after each change, while its component is mounted. A new `key` starts a new query. */
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
