import { Button } from "../../components/button";
import { Empty } from "../../components/empty";
import { emptyDraft } from "../../lib/draft";
import { curl } from "../../lib/snippets/curl";
import { serverUrl } from "../../api/http";
import { setQuery, user } from "../../router";
import { userSetup } from "../../store/status";
import { noFilters } from "./filters";

export function NoMessages({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty icon="search" title="No message matches">
        <Button text="Show all messages" onClick={() => setQuery(noFilters())} />
      </Empty>
    );
  }
  return (
    <Empty icon="messages" title="No messages yet" command={firstCommand()}>
      <p>
        Publish as {user.value} and watch it here. The inbox of this server answers 200 and keeps what it gets; put the
        URL of your app in its place.
      </p>
    </Empty>
  );
}

function firstCommand(): string {
  const draft = {
    ...emptyDraft(),
    destination: `${serverUrl()}/_dev/inbox/hello`,
    headers: [["Content-Type", "application/json"] as [string, string]],
    body: '{"hello":"world"}',
  };
  return curl(draft, serverUrl(), userSetup.value?.token ?? "");
}
