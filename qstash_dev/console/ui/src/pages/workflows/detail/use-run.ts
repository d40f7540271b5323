/** One workflow run as a hook, kept current. */

import { useEffect, useState } from "preact/hooks";
import { errorMessage } from "../../../api/http";
import type { RunDetail } from "../../../api/types";
import { getRun } from "../../../api/workflows";
import { revision } from "../../../store/feed";

export interface LoadedRun {
  detail: RunDetail | null;
  error: string;
  /** Reads the bodies in full. */
  readWhole: () => void;
}

const WHOLE_BYTES = 50 * 1024 * 1024;

/** The run, read again when anything has changed. */
export function useRun(id: string, createdAt: string): LoadedRun {
  const [detail, setDetail] = useState<RunDetail | null>(null);
  const [error, setError] = useState("");
  const [whole, setWhole] = useState(false);
  const seen = revision.value;
  useEffect(() => {
    const abort = new AbortController();
    getRun(id, { createdAt, ...(whole && { trimBody: WHOLE_BYTES }) }, abort.signal)
      .then((found) => {
        setDetail(found);
        setError("");
      })
      .catch((problem: unknown) => {
        if (!abort.signal.aborted) setError(errorMessage(problem));
      });
    return () => abort.abort();
  }, [id, createdAt, whole, seen]);
  return { detail, error, readWhole: () => setWhole(true) };
}
