import { Empty } from "../components/empty-state";
import { href } from "../router";

export function Missing({ first }: { first: string }) {
  return (
    <Empty icon="warning" title="There is no such page">
      <p>
        <a href={href(first)}>Go to the messages</a>
      </p>
    </Empty>
  );
}
