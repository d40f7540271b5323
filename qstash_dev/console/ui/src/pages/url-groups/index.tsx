/** The page "URL groups": a list, and the endpoints of one group. */

import { serverUrl } from "../../api/http";
import type { UrlGroup } from "../../api/types";
import { listUrlGroups } from "../../api/url-groups";
import { EmptyState } from "../../components/empty-state";
import { ListWithDetail } from "../../components/list-with-detail";
import { RelativeTime } from "../../components/time";
import { sortByName } from "../../lib/filter";
import { count, plural, shortUrl } from "../../lib/format";
import { curlCall } from "../../publish/snippets/curl-call";
import { hrefHere, user } from "../../router";
import { userSetup } from "../../store/status";
import { useQuery } from "../../store/use-query";
import { userToken } from "../../store/user-token";
import type { Page } from "../page";
import { GroupView, NewGroup } from "./detail";
import "./url-groups.css";

const COLUMNS = [
  { id: "name", text: "URL group" },
  { id: "endpoints", text: "Endpoints" },
  { id: "changed", text: "Changed" },
];

function UrlGroups() {
  const query = useQuery(user.value, async (signal) =>
    sortByName(await listUrlGroups(await userToken(), signal), ({ name }) => name),
  );
  return (
    <ListWithDetail
      name="url-groups"
      icon="groups"
      one="URL group"
      many="URL groups"
      idName="the name"
      query={query}
      rowKey={({ name }) => name}
      searchedTexts={({ name, endpoints }) => [name, ...endpoints.flatMap(({ url, name = "" }) => [url, name])]}
      placeholder="Group, URL or name of an endpoint"
      columns={COLUMNS}
      cells={(group) => <Row group={group} />}
      create={<NewGroup list={query} />}
      empty={<NoGroups />}
      detail={(group) => <GroupView group={group} list={query} />}
    />
  );
}

function Row({ group: { name, endpoints, updatedAt } }: { group: UrlGroup }) {
  const urls = endpoints.map(({ url }) => shortUrl(url));
  return (
    <>
      <th scope="row" class="name">
        <a href={hrefHere([name])}>{name}</a>
        <span class="under">{plural(endpoints.length, "endpoint")}</span>
      </th>
      <td class="endpoints" title={endpoints.map(({ url }) => url).join("\n")}>
        <span class="line">{urls[0]}</span>
        <span class="under">
          <span class="cut">{others(urls)}</span>
        </span>
      </td>
      <td class="changed">
        <RelativeTime at={updatedAt} />
      </td>
    </>
  );
}

function others([, second, ...more]: string[]): string {
  if (second === undefined) return "";
  return more.length > 0 ? `${second} and ${count(more.length)} more` : second;
}

function NoGroups() {
  const call = {
    method: "POST",
    path: "v2/topics/subscribers/endpoints",
    json: { endpoints: [{ name: "hello", url: `${serverUrl()}/_dev/inbox/hello` }] },
  };
  return (
    <EmptyState icon="groups" title="No URL groups yet" command={curlCall(call, serverUrl(), userSetup.value?.token ?? "")}>
      <p>
        A message published to a URL group is delivered to each of its endpoints. This command creates a group of{" "}
        {user.value} with an inbox of this server as its endpoint.
      </p>
    </EmptyState>
  );
}

export const urlGroupsPage: Page = { path: "url-groups", title: "URL groups", icon: "groups", View: UrlGroups };
