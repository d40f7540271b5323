/** The dialog that retries, resumes or restarts entries with other options. */

import { useEffect, useId, useState } from "preact/hooks";
import { errorMessage } from "../../api/http";
import { Button, Toolbar } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { plural } from "../../lib/format";
import { token } from "./actions";
import { BULK_ACTIONS, type BulkAction, bulkJob, type BulkTarget, startBulkJob } from "./bulk-job";
import { NO_RETRY_OPTIONS, retryOptionHeaders, type RetryOptions } from "./retry-options";
import { selectNone } from "./selection";

const FIELDS: { name: keyof RetryOptions; text: string; example: string }[] = [
  { name: "delay", text: "Delay", example: "10s" },
  { name: "retries", text: "Retries", example: "3" },
  { name: "retryDelay", text: "Retry delay, in milliseconds", example: "pow(2, retried) * 1000" },
  { name: "timeout", text: "Timeout", example: "30s" },
  { name: "flowControlKey", text: "Flow control key", example: "my-api" },
  { name: "flowControlValue", text: "Flow control value", example: "parallelism=2, rate=10, period=1s" },
];

/** The form with the options of the retry. Options left empty stay as they were. */
export function RetryDialog({ target, onClose }: { target: BulkTarget; onClose: () => void }) {
  const [overrides, setOverrides] = useState(NO_RETRY_OPTIONS);
  const [error, setError] = useState("");
  const errorId = useId();
  // The first request was accepted: from here on the page shows the progress.
  const accepted = (bulkJob.value?.done ?? 0) > 0;
  useEffect(() => {
    if (accepted) onClose();
  }, [accepted]);
  const set = (name: keyof RetryOptions, value: string): void => setOverrides({ ...overrides, [name]: value });
  const go = (verb: BulkAction): void => {
    setError("");
    // An error of the first request is about these options.
    Promise.resolve()
      .then(() => startBulkJob(verb, target, token(), retryOptionHeaders(overrides)))
      .then(() => {
        selectNone();
        onClose();
      })
      .catch((problem: unknown) => setError(errorMessage(problem)));
  };
  const { message, run } = target.counts;
  return (
    <Dialog title="Retry with other options" onClose={onClose}>
      <div class="form">
        <p class="faint">Options left empty stay as they were.</p>
        <div class="fields">
          {FIELDS.map(({ name, text, example }) => (
            <label key={name}>
              {text}
              <input
                value={overrides[name]}
                placeholder={example}
                aria-describedby={errorId}
                onInput={(event) => set(name, event.currentTarget.value)}
              />
            </label>
          ))}
        </div>
        <label>
          Headers for the destination
          <textarea
            rows={3}
            value={overrides.headers}
            placeholder="X-Trace: again"
            spellcheck={false}
            aria-describedby={errorId}
            onInput={(event) => set("headers", event.currentTarget.value)}
          />
        </label>
        <p class="form-error" id={errorId} role="alert">
          {error}
        </p>
        <Toolbar label="With these options">
          {message > 0 && (
            <Button text={`Retry ${plural(message, "message")}`} icon="retry" kind="main" onClick={() => go("retry")} />
          )}
          {run > 0 &&
            (["resume", "restart"] as const).map((verb) => (
              <Button
                key={verb}
                text={`${BULK_ACTIONS[verb].text} ${plural(run, "run")}`}
                icon={verb === "resume" ? "play" : "retry"}
                kind={message === 0 && verb === "resume" ? "main" : "plain"}
                onClick={() => go(verb)}
              />
            ))}
        </Toolbar>
      </div>
    </Dialog>
  );
}
