import { Badge } from "../../components/badge";

/** What the last attempt came to: a status, or no answer at all. */
export function LastResponseBadge({ status }: { status: number | undefined }) {
  return <Badge tone="bad" icon="cross" text={status ? String(status) : "No answer"} />;
}
