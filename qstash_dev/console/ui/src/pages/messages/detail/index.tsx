/** The details of one message, and the actions on it. */

import type { MessageDetail } from "../../../api/types";
import { ActionButton, Toolbar } from "../../../components/button";
import { ErrorNotice } from "../../../components/error-notice";
import { Menu } from "../../../components/menu";
import { MessageStateBadge } from "../../../components/message-state";
import { Pane } from "../../../components/pane";
import { Tabs } from "../../../components/tabs";
import { VerdictBox } from "../../../components/verdict";
import { Warnings } from "../../../components/warnings";
import { builderLink } from "../../../publish/draft-of-message";
import { SNIPPETS } from "../../../publish/snippets";
import { route, setQuery } from "../../../router";
import { abort, canCancel, cancel, canDeliver, copyAs, deliver, replay } from "../actions";
import { Attempts } from "./attempts";
import { MessageProperties } from "./properties";
import { RawTab } from "./raw-tab";
import { RelatedMessages } from "./related-messages";
import { SignatureTab } from "./signature-tab";
import { Timeline } from "./timeline";
import { type LoadedMessage, useMessage } from "./use-message";

const TABS = [
  { id: "attempts", text: "Attempts" },
  { id: "timeline", text: "Timeline" },
  { id: "signature", text: "Signature" },
  { id: "raw", text: "Raw" },
];

export function MessageView({ id }: { id: string }) {
  const loaded = useMessage(id);
  return (
    <Pane label="Message" id={id} idName="the id">
      {loaded.error && <ErrorNotice text={loaded.error} />}
      {loaded.detail && <Content loaded={loaded} detail={loaded.detail} />}
    </Pane>
  );
}

function Content({ loaded, detail }: { loaded: LoadedMessage; detail: MessageDetail }) {
  const tab = TABS.find(({ id }) => id === route.value.query.tab)?.id ?? "attempts";
  return (
    <>
      <p class="what">
        <MessageStateBadge state={detail.summary.state} due={detail.summary.due} />
        <span class="method">{detail.message.method}</span>
        <span class="url">{detail.message.url}</span>
      </p>
      <VerdictBox verdict={detail.verdict} user={detail.user} />
      <Actions detail={detail} />
      <Warnings warnings={detail.summary.warnings} />
      <MessageProperties detail={detail} />
      <RelatedMessages detail={detail} />
      <Tabs
        label="About the message"
        tabs={TABS}
        chosen={tab}
        onChoose={(id) => setQuery({ tab: id === "attempts" ? "" : id }, { replace: true })}
      >
        {tab === "attempts" && <Attempts detail={detail} onWhole={loaded.readWhole} />}
        {tab === "timeline" && <Timeline detail={detail} />}
        {tab === "signature" && <SignatureTab detail={detail} />}
        {tab === "raw" && <RawTab detail={detail} onWhole={loaded.readWhole} />}
      </Tabs>
    </>
  );
}

const cancelHint = (inFlight: boolean): string =>
  inFlight ? "No further attempt follows the call in flight, which goes on" : "Make no further delivery attempts";

function Actions({ detail }: { detail: MessageDetail }) {
  const { summary } = detail;
  const { messageId: id } = summary;
  return (
    <Toolbar label="Actions">
      {summary.inFlight && (
        <ActionButton
          text="Abort the call"
          icon="cross"
          kind="main"
          hint="Do not wait for an answer: the attempt fails, and retries follow as after any failure"
          action={() => abort(id)}
        />
      )}
      <ActionButton
        text="Deliver now"
        icon="play"
        kind={canDeliver(summary) ? "main" : "plain"}
        disabled={!canDeliver(summary)}
        hint={canDeliver(summary) ? "Do not wait for the delay or the retry" : "It waits neither for a delay nor for a retry"}
        action={() => deliver(id)}
      />
      <ActionButton
        text="Cancel"
        icon="stop"
        disabled={!canCancel(summary)}
        hint={canCancel(summary) ? cancelHint(summary.inFlight ?? false) : "It is delivered, failed or cancelled already"}
        action={() => cancel(id)}
      />
      {summary.inFlight && (
        <ActionButton
          text="Cancel and abort the call"
          icon="stop"
          hint="Make no further delivery attempts, and do not wait for an answer"
          action={() => cancel(id, true)}
        />
      )}
      <ActionButton text="Replay" icon="retry" hint="Publish the same message again" action={() => replay(id)} />
      <a class="button plain" href={builderLink(id)}>
        Edit and resend
      </a>
      <Menu
        text="Copy as"
        icon="copy"
        items={SNIPPETS.map((snippet) => ({ text: snippet.name, run: () => void copyAs(snippet, detail) }))}
      />
    </Toolbar>
  );
}
