/** The details of one refused call: what is wrong, what would be right, and who made it. */

import type { Credential, Refusal } from "../../api/types";
import { Badge } from "../../components/badge";
import { Icon } from "../../components/icon";
import { Properties } from "../../components/properties";
import { ExactTime, RelativeTime } from "../../components/time";
import { plural, sentence } from "../../lib/format";
import { href, ofUser } from "../../router";
import { isPolling, UNKNOWN_USER } from "../../store/refusals";

/** What stood in the place of a token. */
const CREDENTIALS: Record<Credential, string> = {
  none: "nothing: neither an Authorization header nor qstash_token",
  "other-scheme": "an Authorization header without Bearer",
  empty: "an empty value, or the name of a variable that is not set",
  quoted: "a token in quotes",
  "bearer-twice": "a token after “Bearer Bearer”",
  "signing-key": "a signing key",
  cut: "a token of this server with another ending",
  "hosted-token": "a token of hosted QStash",
  other: "a token that nobody has here",
};

export function RefusalView({ refusal }: { refusal: Refusal }) {
  const { status, user, error, todo, field, expected = [], credential, tokenStart, workflowRunId: run, time, lastTime } = refusal;
  return (
    <>
      <p class="what">
        <Badge tone="bad" icon="refused" text={String(status)} />
        <span>{plural(refusal.count, "call")}</span>
      </p>
      <div class="explained">
        <p>
          <Icon name="warning" /> {sentence(error)}
        </p>
        {isPolling(refusal) && <p class="hint">A program that waits for something asks like this, so it is not counted.</p>}
      </div>
      <Properties
        properties={[
          ["At fault", field && <code>{field}</code>],
          ["What to do", todo && sentence(todo)],
          ["Would be right", expected.length > 0 && <Expected values={expected} />],
          ["As its token", credential && <CredentialNote credential={credential} start={tokenStart} />],
          ["User", user === UNKNOWN_USER ? "unknown, without a valid token" : <a href={href("messages", [], ofUser(user))}>{user}</a>],
          ["Workflow run", run && <a href={href("workflows", [run], user === UNKNOWN_USER ? {} : ofUser(user))}>{run}</a>],
          ["Last call", <Moment at={lastTime} />],
          ["First call", refusal.count > 1 && <Moment at={time} />],
        ]}
      />
    </>
  );
}

function Expected({ values }: { values: string[] }) {
  return (
    <>
      {values.map((value) => (
        <code key={value} class="tag">
          {value}
        </code>
      ))}
    </>
  );
}

function CredentialNote({ credential, start }: { credential: Credential; start: string | undefined }) {
  return (
    <>
      {CREDENTIALS[credential]}
      {start && (
        <>
          , <code>{start}…</code>
        </>
      )}{" "}
      (<a href={href("setup")}>the settings that are valid</a>)
    </>
  );
}

function Moment({ at }: { at: number }) {
  return (
    <>
      <RelativeTime at={at} /> (<ExactTime at={at} />)
    </>
  );
}
