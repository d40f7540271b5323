import { useEffect, useState } from "preact/hooks";
import { errorMessage } from "../../../api/http";
import { getRun, type RunDetail } from "../../../api/workflows";
import { revision } from "../../../store/feed";

export interface LoadedRun {
  detail: RunDetail | null;
  error: string;
  /** Do not wait for the server to tell that something has changed. */
  again: () => void;
  /** Read the bodies whole instead of their beginnings. */
  readWhole: () => void;
}

const WHOLE_BYTES = 50 * 1024 * 1024;

/** The run, read again when anything has happened. */
export function useRun(id: string, createdAt: string): LoadedRun {
  const [detail, setDetail] = useState<RunDetail | null>(null);
  const [error, setError] = useState("");
  const [whole, setWhole] = useState(false);
  const [wish, setWish] = useState(0);
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
  }, [id, createdAt, whole, wish, seen]);
  return { detail, error, again: () => setWish((before) => before + 1), readWhole: () => setWhole(true) };
}
