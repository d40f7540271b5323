import { useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { revision } from "./feed";
import { Reading, type Source } from "./query";

/** What the server tells, kept current while it is shown; another `key` makes it something else. */
export function useReading<T>(key: string, source: Source<T>): Reading<T> {
  const reading = useMemo(() => new Reading(source), [key]);
  const seen = useRef(revision.peek());
  useEffect(() => {
    void reading.refresh();
    return () => reading.close();
  }, [reading]);
  useSignalEffect(() => {
    if (revision.value === seen.current) return;
    seen.current = revision.value;
    reading.changed();
  });
  return reading;
}
