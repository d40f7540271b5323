/** What can be done with the entries picked, or with all that are listed if none is. */

import { useState } from "preact/hooks";
import type { Letter } from "../../api/dlq";
import { messageOf } from "../../api/http";
import { ActionButton, Button, Toolbar } from "../../components/button";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { count, plural } from "../../lib/format";
import { route, user } from "../../router";
import type { Paged } from "../../store/paged-list";
import { complain } from "../../store/toasts";
import { token } from "./actions";
import { job, start, type Target, type Verb, VERBS } from "./bulk-job";
import { countsOf, letterQuery } from "./filters";
import { RetryDialog } from "./retry-dialog";
import { countPicked, pickAll, pickNone, selected } from "./selection";
import type { Groups } from "./use-dlq";

type Asked = "options" | "delete" | null;

export function BulkBar({ list, groups }: { list: Paged<Letter>; groups: Groups }) {
  const [asked, setAsked] = useState<Asked>(null);
  const { query } = route.value;
  const letters = [...selected.value.values()];
  const counts = letters.length > 0 ? countPicked(letters) : countsOf(groups.found, query);
  const target: Target = { query: letterQuery(user.value, query), picked: letters, counts };
  const total = counts.message + counts.run;
  const close = (): void => setAsked(null);
  return (
    <div class="bulk">
      {job.value ? <Working /> : <Selection list={list} total={total} />}
      {total > 0 && !job.value && (
        <Toolbar label={letters.length > 0 ? "With the selected entries" : "With all entries listed"}>
          {counts.message > 0 && <Go verb="retry" target={target} amount={counts.message} main />}
          {counts.run > 0 && <Go verb="resume" target={target} amount={counts.run} main={counts.message === 0} />}
          {counts.run > 0 && <Go verb="restart" target={target} amount={counts.run} />}
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
          <p>What is deleted cannot be retried any more. The messages themselves stay in the log.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}

function amountOf({ picked, counts }: Target, amount: number, one?: string): string {
  const mixed = counts.message > 0 && counts.run > 0;
  const number = picked.length > 0 || amount === 1 ? count(amount) : `all ${count(amount)}`;
  return mixed && one ? `${number} ${amount === 1 ? one : `${one}s`}` : number;
}

function Go({ verb, target, amount, main = false }: { verb: Verb; target: Target; amount: number; main?: boolean }) {
  return (
    <ActionButton
      text={`${VERBS[verb].text} ${amountOf(target, amount, verb === "retry" ? "message" : "run")}`}
      icon={verb === "resume" ? "play" : "retry"}
      kind={main ? "main" : "plain"}
      hint={HINTS[verb]}
      action={() => start(verb, target, token()).finally(pickNone)}
    />
  );
}

const HINTS: Record<Verb, string> = {
  retry: "Publish the messages once more",
  resume: "New runs: what was done stays done",
  restart: "New runs from the beginning",
  delete: "Take them out of the queue",
};

function begin(verb: Verb, target: Target): Promise<void> {
  return start(verb, target, token())
    .catch((error: unknown) => complain(messageOf(error)))
    .finally(pickNone);
}

function Selection({ list, total }: { list: Paged<Letter>; total: number }) {
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
          onChange={() => (all ? pickNone() : pickAll(rows))}
        />
        {some > 0 ? `${count(some)} selected` : plural(total, "entry", "entries")}
      </label>
      {some > 0 && <Button text="Select none" kind="quiet" onClick={pickNone} />}
      {list.stale.value && <Button text="The list has changed: to the top" kind="quiet" onClick={toTop} />}
    </p>
  );
}

function toTop(): void {
  document.querySelector(".letter-list .virtual")?.scrollTo({ top: 0 });
}

function Working() {
  const working = job.value;
  if (!working) return null;
  const { verb, done, of, stop } = working;
  return (
    <div class="working">
      <label>
        {VERBS[verb].doing} {count(done)} of {count(of)}
        <progress max={Math.max(1, of)} value={done} />
      </label>
      <Button text="Stop" icon="stop" onClick={stop} />
    </div>
  );
}
