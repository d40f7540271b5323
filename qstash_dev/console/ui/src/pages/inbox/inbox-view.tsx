/** One inbox: its address, its requests and its answers. */

import { useEffect, useMemo } from "preact/hooks";
import { clearRequests, getInbox } from "../../api/inboxes";
import { ActionButton, Button, CopyButton, Toolbar } from "../../components/button";
import { ErrorNotice } from "../../components/error-notice";
import { Icon } from "../../components/icon";
import { Tabs } from "../../components/tabs";
import { inboxUrl } from "../../publish/example-command";
import { href, hrefHere, navigate, route, setQuery } from "../../router";
import { revision } from "../../store/feed";
import { toast } from "../../store/toasts";
import { RequestDetail } from "./request-detail";
import { RequestList } from "./request-list";
import { RequestWindow } from "./request-window";
import { ScriptEditor } from "./script-editor";

const TABS = [
  { id: "requests", text: "Requests" },
  { id: "answers", text: "Answers" },
];

export function InboxView({ name, open }: { name: string; open: number | null }) {
  const list = useRequestWindow(name);
  const tab = TABS.find(({ id }) => id === route.value.query.tab)?.id ?? "requests";
  const detail = tab === "requests" ? open : null;
  const choose = (id: string): void =>
    setQuery({ tab: id === "requests" ? "" : id }, { replace: true });
  return (
    <div class={`inbox ${detail === null ? "" : "with-detail"}`}>
      <section class="inbox-main" aria-label="Inbox">
        <Header name={name} list={list} />
        {list.error.value && (
          <ErrorNotice text={list.error.value}>
            <Button text="Try again" onClick={() => void list.refresh()} />
          </ErrorNotice>
        )}
        <Tabs label="About the inbox" tabs={TABS} chosen={tab} onChoose={choose}>
          {tab === "requests" ? <RequestList name={name} list={list} open={open} /> : <ScriptEditor name={name} />}
        </Tabs>
      </section>
      {detail !== null && <RequestDetail key={detail} name={name} number={detail} />}
    </div>
  );
}

function useRequestWindow(name: string): RequestWindow {
  const list = useMemo(() => new RequestWindow((query, signal) => getInbox(name, query, signal)), [name]);
  useEffect(() => () => list.close(), [list]);
  const current = revision.value;
  useEffect(() => void list.refresh(), [list, current]);
  return list;
}

function Header({ name, list }: { name: string; list: RequestWindow }) {
  const none = list.rows.value.length === 0;
  const forget = async (): Promise<void> => {
    await clearRequests(name);
    navigate(hrefHere([name]), { replace: true });
    await list.refresh();
    toast("The requests are deleted. The answers stay.");
  };
  return (
    <header class="inbox-head">
      <a class="button quiet icon-only" href={href("inbox")} aria-label="All inboxes" title="All inboxes">
        <Icon name="back" />
      </a>
      <h2>{name}</h2>
      <Toolbar label="Actions">
        <ActionButton
          text="Clear"
          icon="bin"
          disabled={none}
          hint={none ? "There are no requests" : "Delete these requests; the answers stay"}
          action={forget}
        />
      </Toolbar>
      <p class="address">
        <span class="faint">Publish to</span> <code>{inboxUrl(name)}</code>
        <CopyButton text={inboxUrl(name)} what="the address" />
      </p>
    </header>
  );
}
