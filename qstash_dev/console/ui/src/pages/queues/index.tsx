/** The page "Queues": a list with waiting messages and parallelism, and the details of one queue. */

import { serverUrl } from "../../api/http";
import { listQueues } from "../../api/queues";
import type { Queue } from "../../api/types";
import { EmptyState } from "../../components/empty-state";
import { ListWithDetail } from "../../components/list-with-detail";
import { WaitListBadge } from "../../components/wait-list-badge";
import { sortByName } from "../../lib/filter";
import { count } from "../../lib/format";
import { curlCall } from "../../publish/snippets/curl-call";
import { hrefHere, user } from "../../router";
import { userSetup } from "../../store/status";
import { useQuery } from "../../store/use-query";
import type { Page } from "../page";
import { NewQueue, QueueView } from "./detail";
import "./queues.css";

const COLUMNS = [
  { id: "state", text: "State" },
  { id: "name", text: "Queue" },
  { id: "waiting", text: "Waiting" },
  { id: "busy", text: "In progress" },
];
const CHOICES = [
  { id: "waiting", text: "Waiting", matches: ({ waiting }: Queue) => waiting > 0 },
  { id: "busy", text: "In progress", matches: ({ inUse }: Queue) => inUse > 0 },
  { id: "paused", text: "Paused", matches: ({ paused }: Queue) => paused },
];

function Queues() {
  const owner = user.value;
  const query = useQuery(owner, async (signal) => sortByName(await listQueues(owner, signal), ({ name }) => name));
  return (
    <ListWithDetail
      name="queues"
      icon="queues"
      one="queue"
      many="queues"
      idName="the name"
      query={query}
      rowKey={({ name }) => name}
      searchedTexts={({ name }) => [name]}
      placeholder="Part of a name"
      choices={CHOICES}
      columns={COLUMNS}
      cells={(queue) => <Row queue={queue} />}
      create={<NewQueue list={query} />}
      empty={<NoQueues />}
      detail={(queue) => <QueueView queue={queue} list={query} />}
    />
  );
}

function Row({ queue: { name, paused, waiting, inUse, parallelism } }: { queue: Queue }) {
  return (
    <>
      <td class="state">
        <WaitListBadge paused={paused} waiting={waiting} />
      </td>
      <th scope="row" class="name">
        <a href={hrefHere([name])}>{name}</a>
        <span class="under">
          <span class="limit">parallelism {count(parallelism)}</span>
          <span class="brief cut">
            {count(waiting)} waiting · {count(inUse)} of {count(parallelism)} in progress
          </span>
        </span>
      </th>
      <td class="waiting number">{count(waiting)}</td>
      <td class="busy number">
        {count(inUse)} <span class="faint">of {count(parallelism)}</span>
      </td>
    </>
  );
}

function NoQueues() {
  const call = { method: "POST", path: "v2/queues", json: { queueName: "orders", parallelism: 2 } };
  return (
    <EmptyState icon="queues" title="No queues yet" command={curlCall(call, serverUrl(), userSetup.value?.token ?? "")}>
      <p>
        A queue delivers its messages one after the other, or several at once. The first message that {user.value} enqueues
        to it also creates it.
      </p>
    </EmptyState>
  );
}

export const queuesPage: Page = { path: "queues", title: "Queues", icon: "queues", View: Queues };
