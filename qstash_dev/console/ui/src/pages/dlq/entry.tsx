/** Everything about one entry: what was sent, the answer that sealed it, and what can be done now. */

import { useState } from "preact/hooks";
import type { Letter, LetterDetail } from "../../api/dlq";
import { ActionButton, Button, Toolbar } from "../../components/button";
import { Problem } from "../../components/error-notice";
import { FunctionBadge } from "../../components/failure-function-badge";
import { Icon } from "../../components/icon";
import { Pane } from "../../components/pane";
import { BodyView, HeaderTable } from "../../components/payload";
import { type Fact, Facts } from "../../components/properties";
import { Ago, Exact } from "../../components/time";
import { duration, sentence } from "../../lib/format";
import { href } from "../../router";
import { deleteOne, recoverOne, rerunOne, retryOne } from "./actions";
import { letterQuery } from "./filters";
import { Outcome } from "./last-response";
import { RetryDialog } from "./retry-dialog";
import { countPicked } from "./selection";
import { type LoadedLetter, useLetter } from "./use-dlq";

export function Entry({ id }: { id: string }) {
  const loaded = useLetter(id);
  return (
    <Pane label="Dead letter" id={id} copies="the id" closing="entry">
      {loaded.error && <Problem text={loaded.error} />}
      {loaded.detail && <Content loaded={loaded} detail={loaded.detail} />}
    </Pane>
  );
}

function Content({ loaded, detail }: { loaded: LoadedLetter; detail: LetterDetail }) {
  const { letter, response, request, hint } = detail;
  return (
    <>
      <p class="what">
        <Outcome status={letter.responseStatus} />
        <span class="method">{letter.method}</span>
        <span class="url">{letter.url}</span>
      </p>
      <Actions letter={letter} />
      <LetterFacts letter={letter} />
      <div class="explained">
        <p>
          <Icon name="warning" /> {letter.error}
        </p>
        {hint !== undefined && <p class="hint">{sentence(hint)}</p>}
      </div>
      <h3>Last answer</h3>
      {response ? (
        <>
          <BodyView body={response} label="Response body" onWhole={loaded.readWhole} />
          <HeaderTable headers={response.headers} label="Response headers" />
        </>
      ) : (
        <p class="faint">There was none.</p>
      )}
      <h3>{letter.kind === "run" ? "Payload of the run" : "Body of the message"}</h3>
      <BodyView body={request} label="Body" onWhole={loaded.readWhole} />
    </>
  );
}

function Actions({ letter }: { letter: Letter }) {
  const [asked, setAsked] = useState(false);
  const run = letter.kind === "run";
  return (
    <Toolbar label="Actions">
      {run ? (
        <>
          <ActionButton
            text="Resume"
            icon="play"
            kind="main"
            hint="A new run: what was done stays done"
            action={() => recoverOne("resume", letter)}
          />
          <ActionButton
            text="Restart"
            icon="retry"
            hint="A new run from the beginning, with the same payload"
            action={() => recoverOne("restart", letter)}
          />
          {letter.failureFunctionState !== undefined && <Rerun letter={letter} />}
        </>
      ) : (
        <ActionButton
          text="Retry"
          icon="retry"
          kind="main"
          hint="Publish the message once more"
          action={() => retryOne(letter)}
        />
      )}
      <Button text="With options …" hint="Another delay, other retries, other headers" onClick={() => setAsked(true)} />
      <ActionButton text="Delete" icon="bin" kind="danger" action={() => deleteOne(letter)} />
      {asked && (
        <RetryDialog
          target={{ query: letterQuery("", {}), picked: [letter], counts: countPicked([letter]) }}
          onClose={() => setAsked(false)}
        />
      )}
    </Toolbar>
  );
}

function Rerun({ letter }: { letter: Letter }) {
  const can = letter.failureFunctionState === "CALLBACK_FAIL";
  return (
    <ActionButton
      text="Re-run failure function"
      icon="warning"
      disabled={!can}
      hint={can ? "Tell it once more" : "Only one that failed is told again"}
      action={() => rerunOne(letter)}
    />
  );
}

function LetterFacts({ letter }: { letter: Letter }) {
  const { failedAt, attempts, failureFunctionState: told } = letter;
  const facts: Fact[] = [
    [
      "Died",
      <>
        <Ago at={failedAt} /> (<Exact at={failedAt} />)
      </>,
    ],
    ["Tries", attempts],
    ["Last try took", duration(letter.duration)],
    [letter.kind === "run" ? "Died in" : "Message", <MessageLink id={letter.messageId} />],
    ["Workflow run", letter.workflowRunId && <RunLink letter={letter} id={letter.workflowRunId} />],
    ["Failure function", told && <FunctionBadge state={told} />],
    ["Queue", letter.queueName],
    ["URL group", letter.topicName],
    ["Schedule", letter.scheduleId],
    ["Labels", letter.labels?.map((label) => <span key={label} class="tag">{label}</span>)],
  ];
  return <Facts facts={facts} />;
}

const MessageLink = ({ id }: { id: string }) => (
  <a class="id" href={href("messages", [id])}>
    {id}
  </a>
);

function RunLink({ letter, id }: { letter: Letter; id: string }) {
  return (
    <a class="id" href={href("workflows", [id], { at: String(letter.workflowCreatedAt ?? "") })}>
      {id}
    </a>
  );
}
