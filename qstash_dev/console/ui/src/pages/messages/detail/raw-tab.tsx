/** The tab with a message as JSON. */

import type { MessageDetail } from "../../../api/types";
import { Button } from "../../../components/button";
import { CodeBlock } from "../../../components/code-block";

/** The answer of the server as JSON. */
export function RawTab({ detail, onWhole }: { detail: MessageDetail; onWhole: () => void }) {
  const cut = detail.message.truncated ?? detail.attempts.some(({ request, response }) => request.truncated ?? response?.truncated);
  return (
    <>
      {cut && (
        <p class="faint">
          Bodies are truncated. <Button text="Show all of it" kind="quiet" onClick={onWhole} />
        </p>
      )}
      <CodeBlock text={JSON.stringify(detail, null, 2)} what="the JSON" label="The message as JSON" />
    </>
  );
}
