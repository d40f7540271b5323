/** The environment variables for the SDKs, in several formats. */

import { serverUrl } from "../../api/http";
import type { Setup, UserSetup } from "../../api/types";
import { Button } from "../../components/button";
import { CodeBlock } from "../../components/code-block";
import { Tabs } from "../../components/tabs";
import { DEFAULT_USER, href, navigate, route, setQuery } from "../../router";
import { CONTAINER_HOST, type Format, FORMATS, fromContainer, isLoopback } from "./environment-formats";

export function EnvironmentLines({ setup, user }: { setup: Setup; user: UserSetup }) {
  const format = FORMATS.find(({ id }) => id === route.value.query.format) ?? FORMATS[0];
  if (!format) return null;
  // The address at which this browser reaches the server, also through a proxy.
  const env = { ...user.env, QSTASH_URL: serverUrl() };
  return (
    <section class="sheet" aria-labelledby="environment">
      <header>
        <h2 id="environment">Environment of your application</h2>
        <Users setup={setup} chosen={user} />
      </header>
      <Tabs
        label="Format"
        tabs={FORMATS.map(({ id, text }) => ({ id, text }))}
        chosen={format.id}
        onChoose={(id) => setQuery({ format: id === FORMATS[0]?.id ? "" : id }, { replace: true })}
      >
        <p class="hint">{format.hint}.</p>
        <CodeBlock text={format.write(format.inContainer ? fromContainer(env) : env)} what="these lines" label={`Environment for ${format.text}`} />
        <ContainerNote setup={setup} format={format} />
      </Tabs>
      <p class="hint">The official SDKs read these four variables. Each user has its own messages, queues and signing keys.</p>
    </section>
  );
}

function Users({ setup, chosen }: { setup: Setup; chosen: UserSetup }) {
  return (
    <div class="users" role="group" aria-label="User">
      {setup.users.map(({ name }) => (
        <Button
          key={name}
          text={name}
          kind="quiet"
          pressed={name === chosen.name}
          onClick={() => navigate(href("setup", [], { ...kept(), user: name === DEFAULT_USER ? "" : name }))}
        />
      ))}
    </div>
  );
}

/** The part of the query that stays when the user changes. */
function kept(): Record<string, string> {
  const { format } = route.value.query;
  return format ? { format } : {};
}

function ContainerNote({ setup, format }: { setup: Setup; format: Format }) {
  if (!format.inContainer || !isLoopback(serverUrl())) return null;
  const { host, allowHosts } = setup.modes;
  const ready = host !== null && (allowHosts.includes(CONTAINER_HOST) || allowHosts.includes("*"));
  if (ready) return <p class="hint">A container reaches this machine as {CONTAINER_HOST}.</p>;
  return (
    <>
      <p class="hint">
        A container reaches this machine as {CONTAINER_HOST}, but this server does not accept that address. Start it like this:
      </p>
      <CodeBlock text={containerCommand()} what="the command" label="Command to run" />
    </>
  );
}

function containerCommand(): string {
  const { port } = new URL(serverUrl());
  return `qstash-dev dev --host 0.0.0.0 --allow-host ${CONTAINER_HOST}${port && port !== "8080" ? ` --port ${port}` : ""}`;
}
