/** The label of an answer whose end never came. */

import type { ReceivedResponse } from "../api/types";
import { Badge } from "./badge";

export function Partial({ response }: { response: ReceivedResponse }) {
  if (!response.partial) return null;
  return (
    <p>
      <Badge tone="warn" icon="warning" text="Partial answer" /> Its end never came: this is what had arrived.
    </p>
  );
}
