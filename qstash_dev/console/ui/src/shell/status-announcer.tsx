/** Message counts as one sentence for screen readers, announced at most every ten seconds. */

import { useEffect, useState } from "preact/hooks";
import { plural } from "../lib/format";
import { user } from "../router";
import { userStatus } from "../store/status";

const EVERY_MS = 10_000;

export function StatusAnnouncer() {
  const [text, setText] = useState("");
  useEffect(() => {
    const announce = (): void => {
      const next = sentence();
      setText((before) => (before === next ? before : next));
    };
    const timer = setInterval(announce, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="visually-hidden" aria-live="polite">
      {text}
    </p>
  );
}

function sentence(): string {
  const status = userStatus.value;
  if (!status) return "";
  const { messages, inFlight, due, later, failed } = status;
  return `${user.value}: ${plural(messages, "message")}, ${inFlight} in flight, ${due} due, ${later} for later, ${failed} failed`;
}
