/** The badge of the last response of an entry. */

import { Badge } from "../../components/badge";

/** The badge with the status of the last response, or "No answer". */
export function LastResponseBadge({ status }: { status: number | undefined }) {
  return <Badge tone="bad" icon="cross" text={status ? String(status) : "No answer"} />;
}
