/** What the list of messages shows when it is empty or nothing matches. */

import { Button } from "../../components/button";
import { EmptyState } from "../../components/empty-state";
import { publishCommand } from "../../publish/example-command";
import { setQuery, user } from "../../router";
import { noFilters } from "./filters";

export function NoMessages({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <EmptyState icon="search" title="No message matches">
        <Button text="Show all messages" onClick={() => setQuery(noFilters())} />
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="messages" title="No messages yet" command={publishCommand("hello")}>
      <p>
        Publish as {user.value} and watch it here. The inbox of this server answers 200 and keeps what it gets; put the
        URL of your app in its place.
      </p>
    </EmptyState>
  );
}
