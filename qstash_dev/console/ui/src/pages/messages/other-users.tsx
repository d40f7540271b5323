/** The notice of messages that other users have while one user is looked at. */

import { signal } from "@preact/signals";
import { Fragment } from "preact";
import type { UserStatus } from "../../api/types";
import { NoticeBar } from "../../components/notice-bar";
import { plural } from "../../lib/format";
import { href, ofUser, user } from "../../router";
import { status } from "../../store/status";

const MOST = 3;

/** Users whose messages need no further notice. */
const dismissed = signal<ReadonlySet<string>>(new Set());

export function OtherUsers() {
  const others = (status.value?.users ?? []).filter(
    ({ name, messages }) => name !== user.value && messages > 0 && !dismissed.value.has(name),
  );
  if (others.length === 0) return null;
  const shown = others.toSorted((a, b) => b.messages - a.messages).slice(0, MOST);
  return (
    <NoticeBar
      icon="user"
      tone="quiet"
      label="Traffic elsewhere"
      onDismiss={() => (dismissed.value = new Set([...dismissed.value, ...others.map(({ name }) => name)]))}
    >
      {shown.map((other, index) => (
        <Fragment key={other.name}>
          {index > 0 && ", "}
          <Other other={other} />
        </Fragment>
      ))}
      {others.length > shown.length && ` and ${plural(others.length - shown.length, "more user")} have some`} while you look at{" "}
      {user.value}.
    </NoticeBar>
  );
}

function Other({ other: { name, messages, failed } }: { other: UserStatus }) {
  return (
    <>
      <a href={href("messages", [], ofUser(name))} title={`Look at ${name}`}>
        {name}
      </a>{" "}
      has {plural(messages, "message")}
      {failed > 0 && ` (${failed} failed)`}
    </>
  );
}
