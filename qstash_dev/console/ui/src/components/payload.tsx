/** Headers and bodies of requests and responses, always shown as text: never as markup or links. */

import { useState } from "preact/hooks";
import type { Body, Headers } from "../api/types";
import { bytes, prettyJson } from "../lib/format";
import { Button } from "./button";
import { CodeBlock } from "./code-block";

export function HeaderTable({ headers, label }: { headers: Headers; label: string }) {
  const pairs = Object.entries(headers).flatMap(([name, values]) => values.map((value) => [name, value] as const));
  if (pairs.length === 0) return <p class="faint">No headers.</p>;
  return (
    <table class="headers" aria-label={label}>
      <tbody>
        {pairs.map(([name, value], index) => (
          <tr key={`${name}-${index}`}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function BodyView({ body, label, onReadWhole }: { body: Body; label: string; onReadWhole?: () => void }) {
  const [raw, setRaw] = useState(false);
  if (body.bodySize === 0) return <p class="faint">Empty body.</p>;
  const text = body.bodyBase64 ?? body.body;
  const pretty = body.bodyBase64 === undefined ? prettyJson(text) : null;
  return (
    <>
      <p class="faint body-kind">
        <span>{kind(body, pretty !== null)}</span>
        {pretty !== null && (
          <Button text={raw ? "Show formatted" : "Show as sent"} kind="quiet" onClick={() => setRaw(!raw)} />
        )}
        {body.truncated && onReadWhole && <Button text="Show all of it" kind="quiet" onClick={onReadWhole} />}
      </p>
      <CodeBlock text={pretty !== null && !raw ? pretty : text} what="the body" label={label} />
    </>
  );
}

function kind(body: Body, json: boolean): string {
  const what = body.bodyBase64 !== undefined ? "Bytes, in base64" : json ? "JSON" : "Text";
  return `${what}, ${bytes(body.bodySize)}${body.truncated ? ", of which the beginning is shown" : ""}`;
}
