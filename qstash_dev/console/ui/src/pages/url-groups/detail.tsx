/** The details of one URL group, its endpoints, and the dialog for a new one. */

import { useState } from "preact/hooks";
import type { Endpoint, UrlGroup } from "../../api/types";
import { addEndpoints, deleteUrlGroup, removeEndpoint } from "../../api/url-groups";
import { ActionField, ActionForm, type FormValues } from "../../components/action-form";
import { Button, Toolbar } from "../../components/button";
import { ConfirmButton } from "../../components/confirm-dialog";
import { Dialog } from "../../components/dialog";
import { closePane } from "../../components/pane";
import { Properties } from "../../components/properties";
import { RelativeTime } from "../../components/time";
import { plural } from "../../lib/format";
import { href, hrefHere, navigate } from "../../router";
import type { ServerQuery } from "../../store/query";
import { runAndRefresh } from "../../store/user-token";

type List = ServerQuery<UrlGroup[]>;

export function GroupView({ group, list }: { group: UrlGroup; list: List }) {
  const { name, endpoints } = group;
  return (
    <>
      <Toolbar label="Actions">
        <a class="button plain" href={href("messages", [], { topicName: name })}>
          Show messages
        </a>
        <ConfirmButton
          text="Delete"
          title="Delete this URL group?"
          action={async () => {
            await runAndRefresh(list, `URL group ${name} is deleted.`, (token) => deleteUrlGroup(token, name));
            closePane();
          }}
        >
          Publishing to it will fail. Messages already published to its endpoints stay.
        </ConfirmButton>
      </Toolbar>
      <section class="panel">
        <h3 id="endpoints">{plural(endpoints.length, "endpoint")}</h3>
        <ul class="endpoints" aria-labelledby="endpoints">
          {endpoints.map((endpoint) => (
            <EndpointRow key={`${endpoint.name ?? ""} ${endpoint.url}`} endpoint={endpoint} group={group} list={list} />
          ))}
        </ul>
      </section>
      <ActionForm
        label="Add an endpoint"
        submit="Add endpoint"
        action={(values) =>
          runAndRefresh(list, "The endpoint is added.", (token) => addEndpoints(token, name, [endpointOf(values)]))
        }
      >
        <Endpoints />
      </ActionForm>
      <Properties
        properties={[
          ["Created", <RelativeTime at={group.createdAt} />],
          ["Changed", <RelativeTime at={group.updatedAt} />],
        ]}
      />
    </>
  );
}

function EndpointRow({ endpoint, group, list }: { endpoint: Endpoint; group: UrlGroup; list: List }) {
  const { name, url } = endpoint;
  const last = group.endpoints.length === 1;
  return (
    <li>
      <span class="url">{url}</span>
      {name !== undefined && <span class="tag">{name}</span>}
      <ConfirmButton
        text="Remove"
        name={`Remove ${name ?? url}`}
        iconOnly
        title="Remove this endpoint?"
        action={async () => {
          await runAndRefresh(list, "The endpoint is removed.", (token) => removeEndpoint(token, group.name, endpoint));
          if (last) closePane();
        }}
      >
        <span class="url">{url}</span> no longer receives what is published to {group.name}.
        {last && " It is the last endpoint: the group is deleted with it."}
      </ConfirmButton>
    </li>
  );
}

function Endpoints() {
  return (
    <>
      <ActionField name="url" text="URL" required wide placeholder="http://localhost:3000/api/hook" />
      <ActionField name="endpoint" text="Its name (optional)" />
    </>
  );
}

function endpointOf({ url = "", endpoint }: FormValues): Endpoint {
  return endpoint ? { url, name: endpoint } : { url };
}

export function NewGroup({ list }: { list: List }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button text="New URL group" icon="plus" kind="main" onClick={() => setOpen(true)} />
      {open && (
        <Dialog title="New URL group" onClose={() => setOpen(false)}>
          <ActionForm
            label="New URL group"
            submit="Create"
            main
            action={async (values) => {
              const { name = "" } = values;
              await runAndRefresh(list, `URL group ${name} is created.`, (token) => addEndpoints(token, name, [endpointOf(values)]));
              setOpen(false);
              navigate(hrefHere([name]));
            }}
          >
            <ActionField name="name" text="Name of the group" first required wide hint="Letters, digits, dots, hyphens and underscores" />
            <Endpoints />
          </ActionForm>
        </Dialog>
      )}
    </>
  );
}
