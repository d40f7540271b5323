import { Badge } from "../../components/state";

/** What the last attempt came to: a status, or no answer at all. */
export function Outcome({ status }: { status: number | undefined }) {
  return <Badge tone="bad" icon="cross" text={status ? String(status) : "No answer"} />;
}
