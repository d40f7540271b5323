/** The list of workflow runs as a hook, kept current. */

import { useEffect, useMemo } from "preact/hooks";
import type { RunSummary } from "../../api/types";
import { listRuns } from "../../api/workflows";
import { route, user } from "../../router";
import { revision } from "../../store/feed";
import { PagedList } from "../../store/paged-list";
import { runQuery } from "./filters";

/** The runs that match the address, kept current while they are shown. */
export function useRuns(): PagedList<RunSummary> {
  const wanted = runQuery(user.value, route.value.query);
  const list = useMemo(() => pagesOf(wanted), [JSON.stringify(wanted)]);
  useEffect(() => {
    void list.refresh();
    return () => list.close();
  }, [list]);
  const seen = revision.value;
  useEffect(() => {
    if (list.ready.peek()) void list.changed();
  }, [seen]);
  return list;
}

function pagesOf(wanted: ReturnType<typeof runQuery>): PagedList<RunSummary> {
  return new PagedList<RunSummary>(
    async (cursor, count, signal) => {
      const page = await listRuns({ ...wanted, count, ...(cursor !== undefined && { cursor }) }, signal);
      return { rows: page.runs, ...(page.cursor !== undefined && { cursor: page.cursor }) };
    },
    keyOf,
  );
}

/** The key of a row: a run id can be used again when its run has ended. */
export const keyOf = ({ workflowRunId, createdAt }: RunSummary): string => `${workflowRunId}@${createdAt}`;
