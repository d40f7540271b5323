/** Flow control keys: how many calls each makes at once and in a period, and what can be done about it. */

import { type FlowControl, getGlobalParallelism, listFlowControls } from "../../api/flow-control";
import { serverUrl } from "../../api/http";
import { Badge } from "../../components/badge";
import { Empty } from "../../components/empty-state";
import { Collection } from "../../components/list-with-detail";
import { RunningBadge } from "../../components/wait-list-badge";
import { byName } from "../../lib/filter";
import { count } from "../../lib/format";
import { emptyDraft } from "../../publish/draft";
import { curl } from "../../publish/snippets/curl";
import { hrefHere, user } from "../../router";
import { userSetup } from "../../store/status";
import { useReading } from "../../store/use-query";
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
  { id: "waiting", text: "Waiting", fits: ({ waitListSize }: FlowControl) => waitListSize > 0 },
  { id: "paused", text: "Paused", fits: ({ isPaused }: FlowControl) => isPaused },
  { id: "pinned", text: "Pinned", fits: isPinned },
];

function FlowControls() {
  const reading = useReading(user.value, async (signal) =>
    byName(await listFlowControls(await userToken(), signal), ({ flowControlKey }) => flowControlKey),
  );
  return (
    <Collection
      name="flow-control"
      icon="flow"
      one="flow control key"
      many="flow control keys"
      copies="the key"
      reading={reading}
      rowKey={({ flowControlKey }) => flowControlKey}
      searched={({ flowControlKey }) => [flowControlKey]}
      placeholder="Part of a key"
      choices={CHOICES}
      columns={COLUMNS}
      cells={(flow) => <Row flow={flow} />}
      create={<NewKey list={reading} />}
      note={<Everything />}
      empty={<NoKeys />}
      detail={(flow) => <FlowControlView flow={flow} list={reading} />}
    />
  );
}

function Row({ flow }: { flow: FlowControl }) {
  const { flowControlKey: key, isPaused, waitListSize } = flow;
  return (
    <>
      <td class="state">
        <RunningBadge paused={isPaused} waiting={waitListSize} />
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

/** What all keys, and messages without any, share. */
function Everything() {
  const reading = useReading(user.value, async (signal) => getGlobalParallelism(await userToken(), signal));
  const all = reading.value.value;
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
    <Empty icon="flow" title="No flow control keys yet" command={curl(draft, serverUrl(), userSetup.value?.token ?? "")}>
      <p>
        Messages with the same key share its limits: so many calls at once, and so many in a period. The first message
        makes the key, as {user.value}.
      </p>
    </Empty>
  );
}

export const flowControlPage: Page = { path: "flow-control", title: "Flow control", icon: "flow", View: FlowControls };
