/** The bar with bulk actions on the selected entries, or on all listed ones if none is selected. */

import { useState } from "preact/hooks";
import { errorMessage } from "../../api/http";
import type { DlqEntry } from "../../api/types";
import { ActionButton, Button, Toolbar } from "../../components/button";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { count, plural } from "../../lib/format";
import { route, user } from "../../router";
import type { PagedList } from "../../store/paged-list";
import { toastError } from "../../store/toasts";
import { token } from "./actions";
import { BULK_ACTIONS, type BulkAction, bulkJob, type BulkTarget, startBulkJob } from "./bulk-job";
import { countsOf, entryQuery } from "./filters";
import { RetryDialog } from "./retry-dialog";
import { countByKind, selectAll, selected, selectNone } from "./selection";
import type { Groups } from "./use-dlq";

type Asked = "options" | "delete" | null;

export function BulkBar({ list, groups }: { list: PagedList<DlqEntry>; groups: Groups }) {
  const [asked, setAsked] = useState<Asked>(null);
  const { query } = route.value;
  const entries = [...selected.value.values()];
  const counts = entries.length > 0 ? countByKind(entries) : countsOf(groups.found, query);
  const target: BulkTarget = { query: entryQuery(user.value, query), selected: entries, counts };
  const total = counts.message + counts.run;
  const close = (): void => setAsked(null);
  return (
    <div class="bulk">
      {bulkJob.value ? <JobProgress /> : <Selection list={list} total={total} />}
      {total > 0 && !bulkJob.value && (
        <Toolbar label={entries.length > 0 ? "With the selected entries" : "With all entries listed"}>
          {counts.message > 0 && <BulkButton verb="retry" target={target} amount={counts.message} main />}
          {counts.run > 0 && <BulkButton verb="resume" target={target} amount={counts.run} main={counts.message === 0} />}
          {counts.run > 0 && <BulkButton verb="restart" target={target} amount={counts.run} />}
          <Button text="With options …" hint="Another delay, other retries, other headers" onClick={() => setAsked("options")} />
          <Button text={`Delete ${amountOf(target, total)}`} icon="bin" kind="danger" onClick={() => setAsked("delete")} />
        </Toolbar>
      )}
      {asked === "options" && <RetryDialog target={target} onClose={close} />}
      {asked === "delete" && (
        <ConfirmDialog
          title={`Delete ${plural(total, "entry", "entries")}?`}
          text={`Delete ${plural(total, "entry", "entries")}`}
          keep="Keep them"
          action={async () => {
            close();
            await begin("delete", target);
          }}
          onClose={close}
        >
          <p>Deleted entries cannot be retried. Their messages stay in the log.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}

function amountOf({ selected, counts }: BulkTarget, amount: number, one?: string): string {
  const mixed = counts.message > 0 && counts.run > 0;
  const number = selected.length > 0 || amount === 1 ? count(amount) : `all ${count(amount)}`;
  return mixed && one ? `${number} ${amount === 1 ? one : `${one}s`}` : number;
}

function BulkButton({ verb, target, amount, main = false }: { verb: BulkAction; target: BulkTarget; amount: number; main?: boolean }) {
  return (
    <ActionButton
      text={`${BULK_ACTIONS[verb].text} ${amountOf(target, amount, verb === "retry" ? "message" : "run")}`}
      icon={verb === "resume" ? "play" : "retry"}
      kind={main ? "main" : "plain"}
      hint={HINTS[verb]}
      action={() => startBulkJob(verb, target, token()).finally(selectNone)}
    />
  );
}

const HINTS: Record<BulkAction, string> = {
  retry: "Publish the messages again",
  resume: "New runs that continue after the steps already done",
  restart: "New runs from the beginning",
  delete: "Remove them from the dead letter queue",
};

function begin(verb: BulkAction, target: BulkTarget): Promise<void> {
  return startBulkJob(verb, target, token())
    .catch((error: unknown) => toastError(errorMessage(error)))
    .finally(selectNone);
}

function Selection({ list, total }: { list: PagedList<DlqEntry>; total: number }) {
  const rows = list.rows.value;
  const some = selected.value.size;
  const all = rows.length > 0 && rows.every(({ dlqId }) => selected.value.has(dlqId));
  return (
    <p class="shown">
      <label class="check">
        <input
          type="checkbox"
          checked={all}
          disabled={rows.length === 0}
          ref={(box) => {
            if (box) box.indeterminate = some > 0 && !all;
          }}
          onChange={() => (all ? selectNone() : selectAll(rows))}
        />
        {some > 0 ? `${count(some)} selected` : plural(total, "entry", "entries")}
      </label>
      {some > 0 && <Button text="Select none" kind="quiet" onClick={selectNone} />}
      {list.stale.value && <Button text="The list has changed: to the top" kind="quiet" onClick={toTop} />}
    </p>
  );
}

function toTop(): void {
  document.querySelector(".letter-list .virtual")?.scrollTo({ top: 0 });
}

function JobProgress() {
  const working = bulkJob.value;
  if (!working) return null;
  const { verb, done, of, stop } = working;
  return (
    <div class="working">
      <label>
        {BULK_ACTIONS[verb].doing} {count(done)} of {count(of)}
        <progress max={Math.max(1, of)} value={done} />
      </label>
      <Button text="Stop" icon="stop" onClick={stop} />
    </div>
  );
}
