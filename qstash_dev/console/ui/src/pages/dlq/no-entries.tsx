/** What the dead letter queue shows when it is empty or nothing matches. */

import { serverUrl } from "../../api/http";
import { Button } from "../../components/button";
import { EmptyState } from "../../components/empty-state";
import { emptyDraft } from "../../publish/draft";
import { curl } from "../../publish/snippets/curl";
import { route, setQuery, user } from "../../router";
import { userSetup } from "../../store/status";
import { ALL_ENTRIES, isFiltered, isGroupChosen, NO_FILTERS } from "./filters";

export function NoEntries() {
  const { query } = route.value;
  if (isGroupChosen(query)) {
    return (
      <EmptyState icon="dlq" title="This group has no entries any more">
        <Button text="Show all entries" onClick={() => setQuery(ALL_ENTRIES)} />
      </EmptyState>
    );
  }
  if (isFiltered(query)) {
    return (
      <EmptyState icon="search" title="No entry matches">
        <Button text="Show all entries" onClick={() => setQuery(NO_FILTERS)} />
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="dlq" title="No dead letters" command={failingCommand()}>
      <p>
        Messages of {user.value} whose retries are used up, and failed workflow runs, are kept here. The message of this
        command fails at once: nothing listens on port 1.
      </p>
    </EmptyState>
  );
}

function failingCommand(): string {
  const draft = { ...emptyDraft(), destination: "http://127.0.0.1:1/nobody", body: "hello", retries: "0" };
  return curl(draft, serverUrl(), userSetup.value?.token ?? "");
}
