/** The list of groups: entries with the same failure at the same destination. */

import type { DlqGroup } from "../../api/types";
import { Icon } from "../../components/icon";
import { RelativeTime } from "../../components/time";
import { count, plural } from "../../lib/format";
import { hrefHere, route } from "../../router";
import { ALL_ENTRIES, groupAddress, isChosen, isGroupChosen } from "./filters";
import { LastResponseBadge } from "./last-response";
import type { Groups } from "./use-dlq";

export function GroupList({ groups: { found } }: { groups: Groups }) {
  const { query } = route.value;
  if (!found) return <p class="shown">Reading …</p>;
  const all = found.counts.message + found.counts.run;
  return (
    <div class="letter-groups" role="navigation" aria-label="Groups of dead letters">
      <ul>
        <li>
          <a
            class="letter-group all"
            href={hrefHere([], ALL_ENTRIES)}
            aria-current={isGroupChosen(query) ? undefined : "true"}
          >
            <span>All entries</span>
            <span class="how-many">{count(all)}</span>
          </a>
        </li>
        {found.groups.map((group) => (
          <li key={`${group.kind} ${group.what} ${group.to}`}>
            <Group group={group} chosen={isChosen(group, query)} />
          </li>
        ))}
      </ul>
      {found.more > 0 && (
        <p class="end">
          {plural(found.more, "older group is", "older groups are")} not shown. Search to find them.
        </p>
      )}
    </div>
  );
}

function Group({ group, chosen }: { group: DlqGroup; chosen: boolean }) {
  const { kind, what, to, newest, responseStatus } = group;
  return (
    <a class="letter-group" href={hrefHere([], groupAddress(group))} aria-current={chosen ? "true" : undefined}>
      <span class="cause">
        <LastResponseBadge status={responseStatus} />
        {kind === "run" && (
          <span class="tag">
            <Icon name="workflows" /> workflow
          </span>
        )}
      </span>
      <span class="how-many" title={plural(group.count, "entry", "entries")}>
        {count(group.count)}
      </span>
      <span class="url">{to.replace(/^http:\/\//, "")}</span>
      <span class="faint note">
        {what !== String(responseStatus) && <>{what} · </>}latest <RelativeTime at={newest} />
      </span>
    </a>
  );
}
