import { useState } from "preact/hooks";
import { addFault, deleteFault, deleteFaults, type Fault, listFaults } from "../../api/faults";
import { messageOf, serverUrl } from "../../api/http";
import { Badge } from "../../components/badge";
import { ActionButton, Button } from "../../components/button";
import { Empty } from "../../components/empty-state";
import { Problem } from "../../components/error-notice";
import { SelectField, TextField, Wrong } from "../../components/field";
import { plural } from "../../lib/format";
import { shell } from "../../publish/snippets/curl";
import { announce } from "../../store/toasts";
import { useReading } from "../../store/use-query";
import {
  effectText,
  emptyFault,
  type FaultDraft,
  faultError,
  type FaultField,
  faultOf,
  isSpent,
  type Kind,
  KINDS,
  oftenText,
} from "./fault-form";

export function Faults() {
  const reading = useReading("faults", listFaults);
  const faults = reading.value.value;
  const error = reading.error.value;
  const again = (): void => void reading.refresh();
  return (
    <section class="card faults" aria-labelledby="faults-title">
      <h2 id="faults-title">Faults</h2>
      <p class="faint">
        What becomes of delivery attempts instead of reaching their destination. The first fault that fits the URL strikes.
      </p>
      <AddFault onAdded={again} />
      {error && (
        <Problem text={error}>
          <Button text="Try again" onClick={again} />
        </Problem>
      )}
      {faults && (faults.length === 0 ? <NoFaults /> : <List faults={faults} onChanged={again} />)}
    </section>
  );
}

function AddFault({ onAdded }: { onAdded: () => void }) {
  const [draft, setDraft] = useState<FaultDraft>(emptyFault);
  const [wrong, setWrong] = useState<{ field: FaultField | ""; text: string } | null>(null);
  const set = (change: Partial<FaultDraft>): void => {
    setDraft({ ...draft, ...change });
    setWrong(null);
  };
  const error = (field: FaultField): string | undefined => (wrong?.field === field ? wrong.text : undefined);
  const add = async (): Promise<void> => {
    try {
      const fault = await addFault(faultOf(draft));
      setDraft(emptyFault());
      announce(`Set up: ${fault.id}.`);
      onAdded();
    } catch (problem) {
      setWrong(faultError(messageOf(problem), draft.kind));
    }
  };
  return (
    <div class="fault-form" role="group" aria-label="Add a fault">
      <TextField
        label="URL, in which * stands for anything"
        value={draft.match}
        placeholder="https://myapp.com/*"
        code
        error={error("match")}
        onChange={(match) => set({ match })}
      />
      <SelectField
        label="The destination"
        value={draft.kind}
        choices={KINDS}
        onChange={(kind) => set({ kind: kind as Kind })}
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
      {wrong?.field === "" && <Wrong text={wrong.text} />}
    </div>
  );
}

function NoFaults() {
  const fault = JSON.stringify({ match: `${serverUrl()}/_dev/inbox/*`, status: 503, times: 2 });
  return (
    <Empty
      icon="bolt"
      title="No faults"
      command={`curl -X POST ${shell(`${serverUrl()}/_dev/faults`)} \\\n  -d ${shell(fault)}`}
      commandLabel="Command to run for a fault"
    >
      <p>Every attempt reaches its destination. In a shell, this makes the next two to any inbox fail:</p>
    </Empty>
  );
}

function List({ faults, onChanged }: { faults: Fault[]; onChanged: () => void }) {
  const remove = async (work: () => Promise<unknown>, told: string): Promise<void> => {
    await work();
    announce(told);
    onChanged();
  };
  return (
    <>
      <ul class="fault-list" aria-label="List of faults">
        {faults.map((fault) => (
          <One key={fault.id} fault={fault} onRemove={() => remove(() => deleteFault(fault.id), `${fault.id} is removed.`)} />
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

function One({ fault, onRemove }: { fault: Fault; onRemove: () => Promise<void> }) {
  return (
    <li>
      <span class="which">
        <code class="url">{fault.match}</code>
        <span class="id faint">{fault.id}</span>
      </span>
      <span>
        {effectText(fault)}, <span class="often">{oftenText(fault)}</span>
      </span>
      <span class="struck">
        {isSpent(fault) ? (
          <Badge tone="off" icon="stop" text="Spent" />
        ) : (
          <Badge tone="warn" icon="bolt" text="In force" />
        )}
        <span>
          struck <strong>{plural(fault.struck, "time")}</strong>
        </span>
      </span>
      <ActionButton text={`Remove ${fault.id}`} icon="cross" kind="quiet" iconOnly action={onRemove} />
    </li>
  );
}
