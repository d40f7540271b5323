/** The page "Flow control": a list of keys with their limits, and the details of one key. */

import { getGlobalParallelism, listFlowControlKeys } from "../../api/flow-control";
import { serverUrl } from "../../api/http";
import type { FlowControlKey } from "../../api/types";
import { Badge } from "../../components/badge";
import { EmptyState } from "../../components/empty-state";
import { ListWithDetail } from "../../components/list-with-detail";
import { WaitListBadge } from "../../components/wait-list-badge";
import { sortByName } from "../../lib/filter";
import { count } from "../../lib/format";
import { emptyDraft } from "../../publish/draft";
import { curl } from "../../publish/snippets/curl";
import { hrefHere, user } from "../../router";
import { userSetup } from "../../store/status";
import { useQuery } from "../../store/use-query";
import { userToken } from "../../store/user-token";
import type { Page } from "../page";
import { FlowControlView, NewKey } from "./detail";
import { inFlight, isPinned, rate } from "./limits";
import "./flow-control.css";

const COLUMNS = [
  { id: "state", text: "State" },
  { id: "name", text: "Key" },
  { id: "waiting", text: "Waiting" },
  { id: "flight", text: "In flight" },
  { id: "rate", text: "Calls in this period" },
];
const CHOICES = [
  { id: "waiting", text: "Waiting", matches: ({ waitListSize }: FlowControlKey) => waitListSize > 0 },
  { id: "paused", text: "Paused", matches: ({ isPaused }: FlowControlKey) => isPaused },
  { id: "pinned", text: "Pinned", matches: isPinned },
];

function FlowControls() {
  const query = useQuery(user.value, async (signal) =>
    sortByName(await listFlowControlKeys(await userToken(), signal), ({ flowControlKey }) => flowControlKey),
  );
  return (
    <ListWithDetail
      name="flow-control"
      icon="flow"
      one="flow control key"
      many="flow control keys"
      idName="the key"
      query={query}
      rowKey={({ flowControlKey }) => flowControlKey}
      searchedTexts={({ flowControlKey }) => [flowControlKey]}
      placeholder="Part of a key"
      choices={CHOICES}
      columns={COLUMNS}
      cells={(flow) => <Row flow={flow} />}
      create={<NewKey list={query} />}
      note={<Everything />}
      empty={<NoKeys />}
      detail={(flow) => <FlowControlView flow={flow} list={query} />}
    />
  );
}

function Row({ flow }: { flow: FlowControlKey }) {
  const { flowControlKey: key, isPaused, waitListSize } = flow;
  return (
    <>
      <td class="state">
        <WaitListBadge paused={isPaused} waiting={waitListSize} />
      </td>
      <th scope="row" class="name">
        <a href={hrefHere([key])} title={key}>
          {key}
        </a>
        <span class="under">
          {isPinned(flow) && <Badge tone="off" icon="pin" text="Pinned" />}
          <span class="brief cut">
            {count(waitListSize)} waiting · {inFlight(flow)} in flight
          </span>
        </span>
      </th>
      <td class="waiting number">{count(waitListSize)}</td>
      <td class="flight number">{inFlight(flow)}</td>
      <td class="rate number">{rate(flow) || <span class="faint">no limit</span>}</td>
    </>
  );
}

/** The global parallelism, shared by all messages. */
function Everything() {
  const query = useQuery(user.value, async (signal) => getGlobalParallelism(await userToken(), signal));
  const all = query.value.value;
  if (!all) return null;
  return (
    <span>
      Calls in flight, with any key or none: {count(all.parallelismCount)} of {count(all.parallelismMax)}
    </span>
  );
}

function NoKeys() {
  const draft = {
    ...emptyDraft(),
    destination: `${serverUrl()}/_dev/inbox/hello`,
    flowControl: { key: "my-api", parallelism: "2", rate: "10", period: "60s" },
  };
  return (
    <EmptyState icon="flow" title="No flow control keys yet" command={curl(draft, serverUrl(), userSetup.value?.token ?? "")}>
      <p>
        Messages with the same key share its limits: the number of calls at once, and of calls in a period. The first
        message of {user.value} with a key creates it.
      </p>
    </EmptyState>
  );
}

export const flowControlPage: Page = { path: "flow-control", title: "Flow control", icon: "flow", View: FlowControls };
