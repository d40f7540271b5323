/** The tab with the signature of a delivery attempt. */

import { useState } from "preact/hooks";
import type { DeliveryAttempt, MessageDetail, Signature } from "../../../api/types";
import { Badge } from "../../../components/badge";
import { CopyButton } from "../../../components/button";
import { isoTime } from "../../../lib/format";

const TIMES = ["iat", "nbf", "exp"];

/** The signature of one delivery attempt, with a check of each claim. */
export function SignatureTab({ detail: { attempts } }: { detail: MessageDetail }) {
  const [number, setNumber] = useState<number | null>(null);
  const attempt = attempts.find((one) => one.number === number) ?? attempts.at(-1);
  if (!attempt) return <p>Every delivery attempt has its own signature. There has been no attempt yet.</p>;
  return (
    <>
      {attempts.length > 1 && (
        <label class="field">
          Attempt
          <select value={attempt.number} onChange={(event) => setNumber(Number(event.currentTarget.value))}>
            {attempts.map((one) => (
              <option key={one.number} value={one.number}>
                {one.number}
              </option>
            ))}
          </select>
        </label>
      )}
      {attempt.signature ? <Token signature={attempt.signature} /> : <Unsigned attempt={attempt} />}
    </>
  );
}

function Unsigned({ attempt }: { attempt: DeliveryAttempt }) {
  return <p>Attempt {attempt.number} was not sent, or its signature is not kept.</p>;
}

function Token({ signature: { token, valid, checks } }: { signature: Signature }) {
  const parts = token.split(".");
  return (
    <>
      <p class="verdict">
        {valid ? (
          <Badge tone="good" icon="check" text="Valid" />
        ) : (
          <Badge tone="bad" icon="cross" text="Not valid" />
        )}
        <span>
          {valid ? "A receiver with the signing keys of this user accepts it." : "A receiver would refuse it: see below."}
        </span>
      </p>
      <div class="token">
        <code>
          {["Header", "Claims", "Signature"].map((name, index) => (
            <span key={name} class={`part-${index}`} title={name}>
              {index > 0 && "."}
              {parts[index]}
            </span>
          ))}
        </code>
        <CopyButton text={token} what="the token" />
      </div>
      <table class="claims">
        <caption class="visually-hidden">Claims</caption>
        <thead>
          <tr>
            <th scope="col">Claim</th>
            <th scope="col">Value</th>
            <th scope="col">Check</th>
          </tr>
        </thead>
        <tbody>
          {checks.map(({ name, value, ok, text }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <code>{value}</code>
                {TIMES.includes(name) && Number(value) > 0 && (
                  <span class="faint"> {isoTime(Number(value) * 1000).slice(0, 19)}Z</span>
                )}
              </td>
              <td>
                <Badge tone={ok ? "good" : "bad"} icon={ok ? "check" : "cross"} text={ok ? "OK" : "Wrong"} /> {text}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
