/** The details of one request in an inbox. */

import { useEffect, useState } from "preact/hooks";
import { errorMessage } from "../../api/http";
import { getInbox } from "../../api/inboxes";
import type { InboxRequest } from "../../api/types";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { ErrorNotice } from "../../components/error-notice";
import { usePaneFocus } from "../../components/pane";
import { BodyView, HeaderTable } from "../../components/payload";
import { Properties } from "../../components/properties";
import { ExactTime } from "../../components/time";
import { isoTime } from "../../lib/format";
import { useShortcuts } from "../../lib/keyboard";
import { inboxUrl } from "../../publish/example-command";
import { href, hrefHere, navigate } from "../../router";
import { attemptNumber, headerValue, signatureBadge } from "./signature";

const SHOWN_BYTES = 64 * 1024;
const WHOLE_BYTES = 64 * 1024 * 1024;
const TIMES = ["iat", "nbf", "exp"];

export function RequestDetail({ name, number }: { name: string; number: number }) {
  const [trimBody, setTrim] = useState(SHOWN_BYTES);
  const { request, error } = useRequest(name, number, trimBody);
  const title = usePaneFocus();
  const close = (): void => navigate(hrefHere([name]));
  useShortcuts([{ key: "Escape", text: "Close the request", run: close }]);
  return (
    <section class="detail" aria-label="Request">
      <header>
        <Button text="Back to the list" icon="back" kind="quiet" iconOnly onClick={close} />
        <h2 ref={title} tabIndex={-1}>
          Request {number}
        </h2>
      </header>
      {error && <ErrorNotice text={error} />}
      {request && <Content name={name} request={request} onWhole={() => setTrim(WHOLE_BYTES)} />}
    </section>
  );
}

/** The request, which never changes and is read once. */
function useRequest(name: string, number: number, trimBody: number) {
  const [request, setRequest] = useState<InboxRequest | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    const abort = new AbortController();
    getInbox(name, { after: number - 1, before: number + 1, last: 1, trimBody }, abort.signal)
      .then((inbox) => {
        const found = inbox?.requests[0];
        setRequest(found ?? null);
        setError(found ? "" : "The inbox does not have this request, or no longer keeps it.");
      })
      .catch((problem: unknown) => {
        if (!abort.signal.aborted) setError(errorMessage(problem));
      });
    return () => abort.abort();
  }, [name, number, trimBody]);
  return { request, error };
}

function Content({ name, request, onWhole }: { name: string; request: InboxRequest; onWhole: () => void }) {
  const { method, target, headers, at } = request;
  const id = headerValue(headers, "Upstash-Message-Id");
  return (
    <>
      <p class="what">
        <Badge {...signatureBadge(request)} />
        <span class="method">{method}</span>
        <span class="url">{inboxUrl(name) + target}</span>
      </p>
      <Properties
        properties={[
          ["Received", <ExactTime key="at" at={at} />],
          [
            "Message",
            id ? (
              <a key="id" class="id" href={href("messages", [id])}>
                {id}
              </a>
            ) : (
              "None: the request was sent directly to the inbox"
            ),
          ],
          ["Attempt", attemptNumber(headers)],
          ["Schedule", headerValue(headers, "Upstash-Schedule-Id")],
          ["Called by", headerValue(headers, "User-Agent")],
        ]}
      />
      <h3>Signature</h3>
      <Signature request={request} />
      <h3>Headers</h3>
      <HeaderTable headers={headers} label="Headers" />
      <h3>Body</h3>
      <BodyView body={request} label="Body" onReadWhole={onWhole} />
    </>
  );
}

function Signature({ request: { signatureError, claims } }: { request: InboxRequest }) {
  const properties = Object.entries(claims).map(([claim, value]): [string, string] => [claim, claimText(claim, value)]);
  return (
    <>
      <p>{signatureError === null ? "A receiver with the signing keys of the user accepts it." : sentence(signatureError)}</p>
      {properties.length > 0 && <Properties properties={properties} />}
    </>
  );
}

function claimText(claim: string, value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const seconds = Number(value);
  if (!TIMES.includes(claim) || !(seconds > 0 && seconds < 8.64e12)) return text;
  return `${text} (${isoTime(seconds * 1000).slice(0, 19)}Z)`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
