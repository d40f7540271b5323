/** The page for an unknown address. */

import { EmptyState } from "../components/empty-state";
import { href } from "../router";

export function PageNotFound({ first }: { first: string }) {
  return (
    <EmptyState icon="warning" title="There is no such page">
      <p>
        <a href={href(first)}>Go to the messages</a>
      </p>
    </EmptyState>
  );
}
