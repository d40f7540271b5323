/** Verdicts on what has none in its own answer. */

import { request } from "./http";
import type { SubjectKind, Verdict } from "./types";

export const getVerdict = (kind: SubjectKind, id: string, user: string, signal?: AbortSignal): Promise<Verdict> =>
  request("GET", `_dev/verdicts/${kind}/${encodeURIComponent(id)}`, { query: { user }, ...(signal && { signal }) });
