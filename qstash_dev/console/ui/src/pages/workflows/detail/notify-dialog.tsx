/** The dialog that sends an event to a workflow run. */

import { useId, useState } from "preact/hooks";
import { errorMessage } from "../../../api/http";
import type { RunDetail } from "../../../api/types";
import { Button, Toolbar } from "../../../components/button";
import { Dialog } from "../../../components/dialog";
import { notify } from "./actions";

interface NotifyProps {
  detail: RunDetail;
  /** The id to begin with; empty if the user has to enter one. */
  eventId: string;
  onClose: () => void;
}

export function NotifyDialog({ detail, eventId: given, onClose }: NotifyProps) {
  const [eventId, setEventId] = useState(given || (detail.waits.find(({ kind }) => kind === "event")?.eventId ?? ""));
  const [data, setData] = useState("");
  const [all, setAll] = useState(false);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const errorId = useId();
  const send = (): void => {
    const invalid = eventId.trim() === "" ? "Give the id of the event." : dataError(data);
    setError(invalid);
    if (invalid || busy) return;
    setBusy(true);
    notify(eventId.trim(), data.trim(), detail.user, all ? null : detail.run.workflowRunId)
      .then(onClose)
      .catch((problem: unknown) => setError(errorMessage(problem)))
      .finally(() => setBusy(false));
  };
  return (
    <Dialog title="Notify" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <label>
          Event id
          <input value={eventId} required onInput={(event) => setEventId(event.currentTarget.value)} />
        </label>
        <label>
          Data, as JSON
          <textarea
            rows={6}
            autofocus
            value={data}
            placeholder='{"ok":true}'
            spellcheck={false}
            aria-invalid={error !== ""}
            aria-describedby={errorId}
            onInput={(event) => setData(event.currentTarget.value)}
          />
        </label>
        <label class="check">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
          Every run that waits for this event, not only this one
        </label>
        <p class="form-error" id={errorId} role="alert">
          {error}
        </p>
        <Toolbar label="Notify">
          <Button text="Send the event" icon="bell" kind="main" disabled={busy} onClick={send} />
          <Button text="Not now" onClick={onClose} />
        </Toolbar>
      </form>
    </Dialog>
  );
}

/** The error of the data of an event: the SDKs parse it as JSON; it may be empty. */
export function dataError(data: string): string {
  if (data.trim() === "") return "";
  try {
    JSON.parse(data);
    return "";
  } catch (error) {
    return `The data is no JSON: ${errorMessage(error)}. Text needs "quotes" around it.`;
  }
}
