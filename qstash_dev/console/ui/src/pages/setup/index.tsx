/** The page "Set-up": environment variables, tokens, signing keys, mappings and limits. */

import { useEffect, useState } from "preact/hooks";
import { errorMessage, serverUrl } from "../../api/http";
import type { Setup, UserSetup } from "../../api/types";
import { CopyButton } from "../../components/button";
import { CodeBlock } from "../../components/code-block";
import { ErrorNotice } from "../../components/error-notice";
import { Properties } from "../../components/properties";
import { shellQuoted } from "../../publish/snippets/curl";
import { user as userName } from "../../router";
import { revision } from "../../store/feed";
import { refreshSetup, setup, userSetup } from "../../store/status";
import type { Page } from "../page";
import { EnvironmentLines } from "./environment";
import { limitSettings, mappingText, modeSettings, quotaSettings, type Setting } from "./settings-text";
import "./setup.css";

function SetUp() {
  const error = useFreshSetup();
  const current = setup.value;
  const user = userSetup.value;
  return (
    <div class="set-up">
      {error && <ErrorNotice text={error} />}
      {current && !user && <ErrorNotice text={`There is no user ${userName.value} on this server: choose another above.`} />}
      {current && user && (
        <>
          <EnvironmentLines setup={current} user={user} />
          <TokensAndKeys user={user} />
          <Mappings setup={current} />
          <Settings id="quota" title={`Limits of the plan ${current.quota.name}`} lines={quotaSettings(current)} hint={`Another plan: qstash-dev dev --quota ${current.quota.name === "pro" ? "payg" : "pro"}`} />
          <Settings id="limits" title="Limits of this server" lines={limitSettings(current)} hint="Where a number of items is limited, the oldest is removed first." />
          <Settings id="modes" title="Start options" lines={modeSettings(current)} hint="qstash-dev dev --help lists all options." />
          <Links />
        </>
      )}
    </div>
  );
}

/** Reads the set-up again when anything changes: signing keys may rotate, mappings may be added. */
function useFreshSetup(): string {
  const [error, setError] = useState("");
  const { value } = revision;
  const read = (): void => {
    refreshSetup()
      .then(() => setError(""))
      .catch((problem: unknown) => setError(errorMessage(problem)));
  };
  useEffect(read, [value]);
  useEffect(() => {
    // The commands on this page may have been run in a terminal meanwhile.
    addEventListener("focus", read);
    return () => removeEventListener("focus", read);
  }, []);
  return error;
}

function TokensAndKeys({ user }: { user: UserSetup }) {
  const keys: Setting[] = [
    ["Token", user.token],
    ["Read-only token", user.readOnlyToken],
    ["Current signing key", user.env.QSTASH_CURRENT_SIGNING_KEY ?? ""],
    ["Next signing key", user.env.QSTASH_NEXT_SIGNING_KEY ?? ""],
  ];
  return (
    <section class="sheet" aria-labelledby="keys">
      <h2 id="keys">Tokens and signing keys of {user.name}</h2>
      <dl class="keys-in-force">
        {keys.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
              <CopyButton text={value} what={`the ${name.toLowerCase()}`} />
            </dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>Rotate the signing keys</summary>
        <CodeBlock text={command("v2/keys/rotate", user.token)} what="the command" label="Command that rotates the keys" />
      </details>
    </section>
  );
}

function Mappings({ setup: { mappings } }: { setup: Setup }) {
  return (
    <section class="sheet" aria-labelledby="mappings">
      <h2 id="mappings">Mappings</h2>
      {mappings.length > 0 ? (
        <table class="mappings">
          <thead>
            <tr>
              <th scope="col">A message published to</th>
              <th scope="col">is delivered at</th>
            </tr>
          </thead>
          <tbody>
            {mappings.map((mapping, index) => (
              <tr key={index}>
                <td class="url">{mapping.pattern}</td>
                <td>
                  <span class="url">{mapping.target}</span> <span class="faint">{mappingText(mapping)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p>Every message is delivered to the URL it was published to.</p>
      )}
      <details open={mappings.length === 0}>
        <summary>Deliver messages for production URLs to this machine</summary>
        <CodeBlock text={mappingCommand()} what="the command" label="Command that adds a mapping" />
      </details>
    </section>
  );
}

function Settings({ id, title, lines, hint }: { id: string; title: string; lines: Setting[]; hint: string }) {
  return (
    <section class="sheet" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <Properties properties={lines} />
      <p class="hint">{hint}</p>
    </section>
  );
}

function Links() {
  return (
    <section class="sheet" aria-labelledby="documents">
      <h2 id="documents">Documents</h2>
      <ul class="documents">
        <li>
          <a href="openapi.json">OpenAPI document</a> <span class="faint">every path of this server, including those under /_dev/</span>
        </li>
        <li>
          <a href="_dev/setup">This page as JSON</a> <span class="faint">for scripts</span>
        </li>
        <li>
          <a href="_console/licences.txt">Licences</a> <span class="faint">of the libraries in this console</span>
        </li>
      </ul>
    </section>
  );
}

function command(path: string, token: string): string {
  return `curl -X POST ${shellQuoted(`${serverUrl()}/${path}`)} \\\n  -H ${shellQuoted(`Authorization: Bearer ${token}`)}`;
}

function mappingCommand(): string {
  const mapping = JSON.stringify({ pattern: "https://myapp.com/*", target: "http://localhost:3000" });
  return `curl -X POST ${shellQuoted(`${serverUrl()}/_dev/mappings`)} \\\n  -H 'Content-Type: application/json' \\\n  --data-raw ${shellQuoted(mapping)}`;
}

export const setupPage: Page = { path: "setup", title: "Set-up", icon: "setup", View: SetUp };
