/** The page "Refused calls": every call of the API that the server refused, whoever made it. */

import { serverUrl } from "../../api/http";
import { clearRefusals, listRefusals } from "../../api/refusals";
import type { Refusal } from "../../api/types";
import { Badge } from "../../components/badge";
import { ConfirmButton } from "../../components/confirm-dialog";
import { EmptyState } from "../../components/empty-state";
import { ListWithDetail } from "../../components/list-with-detail";
import { RelativeTime } from "../../components/time";
import { count } from "../../lib/format";
import { curlCall } from "../../publish/snippets/curl-call";
import { hrefHere, user } from "../../router";
import type { ServerQuery } from "../../store/query";
import { isPolling, refusalKey, UNKNOWN_USER } from "../../store/refusals";
import { refusedCalls } from "../../store/status";
import { toast } from "../../store/toasts";
import { useQuery } from "../../store/use-query";
import type { Page } from "../page";
import { RefusalView } from "./detail";
import "./refused.css";

/** As many as the server keeps of one user. */
const MOST = 1000;

const COLUMNS = [
  { id: "state", text: "Status" },
  { id: "name", text: "Call" },
  { id: "calls", text: "Calls" },
  { id: "whose", text: "User" },
  { id: "age", text: "Age" },
];

function Refused() {
  const query = useQuery("refused", async (signal) => (await listRefusals(MOST, signal)).refusals);
  const choices = [
    { id: "own", text: user.value, matches: (one: Refusal) => one.user === user.value },
    { id: "unknown", text: "Without a valid token", matches: (one: Refusal) => one.user === UNKNOWN_USER },
    { id: "polling", text: "404 for GET", matches: isPolling },
  ];
  return (
    <ListWithDetail
      name="refused"
      icon="refused"
      one="refused call"
      many="refused calls"
      idName="the call"
      heading={callOf}
      missing="This refused call is no longer kept."
      query={query}
      rowKey={refusalKey}
      searchedTexts={(one) => [callOf(one), String(one.status), one.error, one.user, one.field ?? "", one.workflowRunId ?? ""]}
      placeholder="Path, error, field or user"
      choices={choices}
      columns={COLUMNS}
      cells={(refusal) => <Row refusal={refusal} />}
      create={<Clear list={query} />}
      empty={<NothingRefused />}
      detail={(refusal) => <RefusalView refusal={refusal} />}
    />
  );
}

const callOf = ({ method, path }: Refusal): string => (method ? `${method} ${path}` : "A request that could not be read");

function Row({ refusal }: { refusal: Refusal }) {
  const { status, error, count: calls, user: owner, lastTime } = refusal;
  return (
    <>
      <td class="state">
        <Badge tone={isPolling(refusal) ? "off" : "bad"} icon="refused" text={String(status)} />
      </td>
      <th scope="row" class="name">
        <a href={hrefHere([refusalKey(refusal)])} title={error}>
          {callOf(refusal)}
        </a>
        <span class="under">
          {calls > 1 && <span class="brief">× {count(calls)}</span>}
          <span class="cut">{error}</span>
        </span>
      </th>
      <td class="calls number">{calls > 1 && `× ${count(calls)}`}</td>
      <td class="whose">{owner}</td>
      <td class="age">
        <RelativeTime at={lastTime} />
      </td>
    </>
  );
}

function Clear({ list }: { list: ServerQuery<Refusal[]> }) {
  if (!list.value.value?.length) return null;
  return (
    <ConfirmButton
      text="Clear"
      title="Forget all refused calls?"
      action={async () => {
        await clearRefusals();
        toast("The refused calls are forgotten.");
        await list.refresh();
      }}
    >
      Those of all users, and those without a valid token. Nothing else changes.
    </ConfirmButton>
  );
}

function NothingRefused() {
  const call = { method: "POST", path: "v2/publish/localhost:3000" };
  return (
    <EmptyState icon="refused" title="No call was refused" command={curlCall(call, serverUrl(), "a-wrong-token")}>
      <p>
        Each call that the server refuses is listed here with what is wrong and what would be right, also if your
        application swallows the error. Try it: this command has a wrong token.
      </p>
    </EmptyState>
  );
}

export const refusedPage: Page = {
  path: "refused",
  title: "Refused calls",
  icon: "refused",
  View: Refused,
  badge: { count: refusedCalls, what: "refused call" },
};
