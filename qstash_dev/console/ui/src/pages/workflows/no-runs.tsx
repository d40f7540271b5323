/** What the list of workflow runs shows when it is empty or nothing matches. */

import { serverUrl } from "../../api/http";
import { Button } from "../../components/button";
import { EmptyState } from "../../components/empty-state";
import { setQuery, user } from "../../router";
import { userSetup } from "../../store/status";
import { noFilters } from "./filters";

export function NoRuns({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <EmptyState icon="search" title="No run matches">
        <Button text="Show all runs" onClick={() => setQuery(noFilters())} />
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="workflows" title="No workflow runs yet" command={firstCommand()}>
      <p>
        Start one as {user.value}; put the URL of a route of your app that serves a workflow with{" "}
        <code>@upstash/workflow</code> or <code>upstash-workflow</code> in the place of the last address.
      </p>
    </EmptyState>
  );
}

function firstCommand(): string {
  const token = userSetup.value?.token ?? "";
  return [
    `curl -X POST '${serverUrl()}/v2/trigger/http://localhost:3000/api/workflow'`,
    `-H 'Authorization: Bearer ${token}'`,
    `-H 'Content-Type: application/json'`,
    `-d '{"hello":"world"}'`,
  ].join(" \\\n  ");
}
