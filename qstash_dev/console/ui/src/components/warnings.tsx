/** Warnings: what hosted QStash may refuse or treat in another way. */

import type { Warning } from "../api/types";
import { sentence } from "../lib/format";
import { Icon } from "./icon";

export function Warnings({ warnings = [] }: { warnings?: Warning[] | undefined }) {
  if (warnings.length === 0) return null;
  return (
    <ul class="warnings explained" aria-label="Warnings">
      {warnings.map(({ code, text }) => (
        <li key={code + text}>
          <Icon name="warning" /> {sentence(text)}
        </li>
      ))}
    </ul>
  );
}
