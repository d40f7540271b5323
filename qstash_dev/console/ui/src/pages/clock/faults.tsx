/** The list of faults, and the form that adds one. */

import { useState } from "preact/hooks";
import { addFault, deleteFault, deleteFaults, listFaults } from "../../api/faults";
import { serverUrl } from "../../api/http";
import type { Fault } from "../../api/types";
import { Badge } from "../../components/badge";
import { ActionButton, Button } from "../../components/button";
import { EmptyState } from "../../components/empty-state";
import { ErrorNotice } from "../../components/error-notice";
import { FieldError, SelectField, TextField } from "../../components/field";
import { plural } from "../../lib/format";
import { shellQuoted } from "../../publish/snippets/curl";
import { toast } from "../../store/toasts";
import { useQuery } from "../../store/use-query";
import {
  effectText,
  emptyFaultForm,
  FAULT_KINDS,
  faultError,
  type FaultField,
  type FaultForm,
  type FaultKind,
  faultRequest,
  frequencyText,
  isUsedUp,
} from "./fault-form";

export function Faults() {
  const query = useQuery("faults", listFaults);
  const faults = query.value.value;
  const error = query.error.value;
  const again = (): void => void query.refresh();
  return (
    <section class="card faults" aria-labelledby="faults-title">
      <h2 id="faults-title">Faults</h2>
      <p class="faint">
        Failures in place of delivery attempts. The first fault whose pattern matches the URL is applied.
      </p>
      <AddFault onAdded={again} />
      {error && (
        <ErrorNotice text={error}>
          <Button text="Try again" onClick={again} />
        </ErrorNotice>
      )}
      {faults && (faults.length === 0 ? <NoFaults /> : <List faults={faults} onChanged={again} />)}
    </section>
  );
}

function AddFault({ onAdded }: { onAdded: () => void }) {
  const [draft, setDraft] = useState<FaultForm>(emptyFaultForm);
  const [wrong, setWrong] = useState<{ field: FaultField | ""; text: string } | null>(null);
  const set = (change: Partial<FaultForm>): void => {
    setDraft({ ...draft, ...change });
    setWrong(null);
  };
  const error = (field: FaultField): string | undefined => (wrong?.field === field ? wrong.text : undefined);
  const add = async (): Promise<void> => {
    try {
      const fault = await addFault(faultRequest(draft));
      setDraft(emptyFaultForm());
      toast(`Set up: ${fault.id}.`);
      onAdded();
    } catch (problem) {
      setWrong(faultError(problem, draft.kind));
    }
  };
  return (
    <div class="fault-form" role="group" aria-label="Add a fault">
      <TextField
        label="URL, with * for any text"
        value={draft.match}
        placeholder="https://myapp.com/*"
        code
        error={error("match")}
        onChange={(match) => set({ match })}
      />
      <SelectField
        label="The destination"
        value={draft.kind}
        choices={FAULT_KINDS}
        onChange={(kind) => set({ kind: kind as FaultKind })}
      />
      {draft.kind === "status" && (
        <TextField label="Status" value={draft.status} inputMode="numeric" error={error("status")} onChange={(status) => set({ status })} />
      )}
      <TextField
        label={draft.kind === "late" ? "Late by" : "After"}
        value={draft.latency}
        placeholder={draft.kind === "late" ? "2s" : "at once, or 2s"}
        error={error("latency")}
        onChange={(latency) => set({ latency })}
      />
      <TextField
        label="Times"
        value={draft.times}
        placeholder="every time"
        inputMode="numeric"
        error={error("times")}
        onChange={(times) => set({ times })}
      />
      <TextField
        label="Of 100 attempts"
        value={draft.percent}
        inputMode="decimal"
        error={error("probability")}
        onChange={(percent) => set({ percent })}
      />
      {draft.percent.trim() !== "100" && (
        <TextField
          label="Seed"
          value={draft.seed}
          inputMode="numeric"
          error={error("seed")}
          onChange={(seed) => set({ seed })}
        />
      )}
      <ActionButton text="Add the fault" icon="bolt" action={add} />
      {wrong?.field === "" && <FieldError text={wrong.text} />}
    </div>
  );
}

function NoFaults() {
  const fault = JSON.stringify({ match: `${serverUrl()}/_dev/inbox/*`, status: 503, times: 2 });
  return (
    <EmptyState
      icon="bolt"
      title="No faults"
      command={`curl -X POST ${shellQuoted(`${serverUrl()}/_dev/faults`)} \\\n  -d ${shellQuoted(fault)}`}
      commandLabel="Command to run for a fault"
    >
      <p>Every attempt reaches its destination. In a shell, this makes the next two to any inbox fail:</p>
    </EmptyState>
  );
}

function List({ faults, onChanged }: { faults: Fault[]; onChanged: () => void }) {
  const remove = async (work: () => Promise<unknown>, told: string): Promise<void> => {
    await work();
    toast(told);
    onChanged();
  };
  return (
    <>
      <ul class="fault-list" aria-label="List of faults">
        {faults.map((fault) => (
          <FaultRow key={fault.id} fault={fault} onRemove={() => remove(() => deleteFault(fault.id), `${fault.id} is removed.`)} />
        ))}
      </ul>
      {faults.length > 1 && (
        <ActionButton
          text="Remove all faults"
          icon="bin"
          action={() => remove(deleteFaults, `${plural(faults.length, "fault")} removed.`)}
        />
      )}
    </>
  );
}

function FaultRow({ fault, onRemove }: { fault: Fault; onRemove: () => Promise<void> }) {
  return (
    <li>
      <span class="which">
        <code class="url">{fault.match}</code>
        <span class="id faint">{fault.id}</span>
      </span>
      <span>
        {effectText(fault)}, <span class="often">{frequencyText(fault)}</span>
      </span>
      <span class="struck">
        {isUsedUp(fault) ? (
          <Badge tone="off" icon="stop" text="Used up" />
        ) : (
          <Badge tone="warn" icon="bolt" text="Active" />
        )}
        <span>
          applied <strong>{plural(fault.struck, "time")}</strong>
        </span>
      </span>
      <ActionButton text={`Remove ${fault.id}`} icon="cross" kind="quiet" iconOnly action={onRemove} />
    </li>
  );
}
