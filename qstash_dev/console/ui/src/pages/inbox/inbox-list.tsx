/** The list of inboxes, and the field that opens one by name. */

import { useState } from "preact/hooks";
import { listInboxes } from "../../api/inboxes";
import type { InboxSummary } from "../../api/types";
import { Button, CopyButton } from "../../components/button";
import { EmptyState } from "../../components/empty-state";
import { ErrorNotice } from "../../components/error-notice";
import { TextField } from "../../components/field";
import { RelativeTime } from "../../components/time";
import { count, plural } from "../../lib/format";
import { inboxUrl, publishCommand } from "../../publish/example-command";
import { hrefHere, navigate, user } from "../../router";
import { useQuery } from "../../store/use-query";

export function InboxList() {
  const query = useQuery("inboxes", listInboxes);
  const inboxes = query.value.value;
  const error = query.error.value;
  return (
    <section class="inboxes" aria-label="Inboxes">
      <header>
        <p class="faint">
          Inboxes are destinations inside this server. The first request to its address creates an inbox. It keeps each
          request, checks the signature, and answers 200 or what you specify.
        </p>
        <OpenInbox />
      </header>
      {error && (
        <ErrorNotice text={error}>
          <Button text="Try again" onClick={() => void query.refresh()} />
        </ErrorNotice>
      )}
      {inboxes && (inboxes.length === 0 ? <NoInboxes /> : <Table inboxes={inboxes} />)}
    </section>
  );
}

/** Valid names of inboxes, as the server checks them. */
const NAME = /^[A-Za-z0-9._-]{1,256}$/;

function OpenInbox() {
  const [name, setName] = useState("");
  const [error, setError] = useState("");
  const open = (): void => {
    if (NAME.test(name.trim())) navigate(hrefHere([name.trim()]));
    else setError("Use 1 to 256 letters, digits, -, _ and .");
  };
  return (
    <div class="open-inbox">
      <TextField
        label="Name of an inbox"
        value={name}
        placeholder="orders"
        error={error}
        onChange={(value) => {
          setName(value);
          setError("");
        }}
        onEnter={open}
      />
      <Button text="Open" icon="inbox" onClick={open} />
    </div>
  );
}

function NoInboxes() {
  return (
    <EmptyState icon="inbox" title="No inboxes yet" command={publishCommand("hello")}>
      <p>Publish to the inbox “hello” as {user.value}, and see here what arrives.</p>
    </EmptyState>
  );
}

function Table({ inboxes }: { inboxes: InboxSummary[] }) {
  // Sorted by name, so that rows do not move under the pointer when requests arrive.
  const byName = inboxes.toSorted((a, b) => a.name.localeCompare(b.name));
  return (
    <div class="table-box" role="region" aria-label="Table of inboxes" tabIndex={0}>
      <table class="plain" aria-label="Inboxes">
        <thead>
          <tr>
            <th scope="col">Inbox</th>
            <th scope="col" class="number">
              Received
            </th>
            <th scope="col">Latest</th>
            <th scope="col" class="wide">
              Answers
            </th>
          </tr>
        </thead>
        <tbody>
          {byName.map(({ name, received, latest, script }) => (
            <tr key={name}>
              <th scope="row">
                <a href={hrefHere([name])}>{name}</a>
                <span class="under">
                  <code class="faint">{inboxUrl(name)}</code>
                  <CopyButton text={inboxUrl(name)} what={`the address of ${name}`} />
                </span>
              </th>
              <td class="number">{count(received)}</td>
              <td>{latest === undefined ? <span class="faint">–</span> : <RelativeTime at={latest} />}</td>
              <td class="wide">{script > 1 ? `${plural(script, "answer")} left` : "1 answer for all requests"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
