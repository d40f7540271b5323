/** The details of one queue, the actions on it, and the dialog for a new one. */

import { useState } from "preact/hooks";
import { deleteQueue, pauseQueue, resumeQueue, setQueue } from "../../api/queues";
import type { Queue } from "../../api/types";
import { ActionField, ActionForm } from "../../components/action-form";
import { ActionButton, Button, Toolbar } from "../../components/button";
import { ConfirmButton } from "../../components/confirm-dialog";
import { Dialog } from "../../components/dialog";
import { closePane } from "../../components/pane";
import { Properties } from "../../components/properties";
import { RelativeTime } from "../../components/time";
import { VerdictBox } from "../../components/verdict";
import { WaitListBadge } from "../../components/wait-list-badge";
import { count, plural } from "../../lib/format";
import { href, hrefHere, navigate, user } from "../../router";
import type { ServerQuery } from "../../store/query";
import { runAndRefresh } from "../../store/user-token";

type List = ServerQuery<Queue[]>;

export function QueueView({ queue, list }: { queue: Queue; list: List }) {
  const { name, paused, waiting, inUse, parallelism } = queue;
  return (
    <>
      <p class="what">
        <WaitListBadge paused={paused} waiting={waiting} />
      </p>
      <VerdictBox verdict={queue.verdict} user={user.value} />
      <Actions queue={queue} list={list} />
      <Properties
        properties={[
          ["Waiting", count(waiting)],
          ["In progress", `${count(inUse)} of ${count(parallelism)}`],
          ["Lag", `${count(waiting + inUse)}: waiting and in progress together`],
          ["Created", <RelativeTime at={queue.createdAt} />],
          ["Changed", <RelativeTime at={queue.updatedAt} />],
        ]}
      />
      <section class="panel">
        <h3>Parallelism</h3>
        <p class="faint">How many of its messages are delivered at once. 1 keeps their order.</p>
        <ActionForm
          label="Parallelism"
          submit="Set"
          action={(values) =>
            runAndRefresh(list, `Parallelism of ${name} is set.`, (token) => setQueue(token, name, Number(values.parallelism)))
          }
        >
          <ActionField name="parallelism" text="Messages at once" number required defaultValue={String(parallelism)} />
        </ActionForm>
      </section>
    </>
  );
}

function Actions({ queue: { name, paused, waiting, inUse }, list }: { queue: Queue; list: List }) {
  return (
    <Toolbar label="Actions">
      <ActionButton
        text={paused ? "Resume" : "Pause"}
        icon={paused ? "play" : "pause"}
        kind={paused ? "main" : "plain"}
        hint={paused ? "Deliver the waiting messages" : "Hold back messages that are not in progress yet"}
        action={() =>
          paused
            ? runAndRefresh(list, `Queue ${name} is resumed.`, (token) => resumeQueue(token, name))
            : runAndRefresh(list, `Queue ${name} is paused.`, (token) => pauseQueue(token, name))
        }
      />
      <a class="button plain" href={href("messages", [], { queueName: name })}>
        Show messages
      </a>
      <ConfirmButton
        text="Delete"
        title="Delete this queue?"
        action={async () => {
          await runAndRefresh(list, `Queue ${name} is deleted.`, (token) => deleteQueue(token, name));
          closePane();
        }}
      >
        {waiting + inUse > 0
          ? `Its messages are cancelled, ${plural(waiting + inUse, "message")} now, and those that are due later.`
          : "Its messages that are due later are cancelled."}
      </ConfirmButton>
    </Toolbar>
  );
}

export function NewQueue({ list }: { list: List }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button text="New queue" icon="plus" kind="main" onClick={() => setOpen(true)} />
      {open && (
        <Dialog title="New queue" onClose={() => setOpen(false)}>
          <ActionForm
            label="New queue"
            submit="Create"
            main
            action={async ({ name = "", parallelism }) => {
              await runAndRefresh(list, `Queue ${name} is created.`, (token) => setQueue(token, name, Number(parallelism)));
              setOpen(false);
              navigate(hrefHere([name]));
            }}
          >
            <ActionField name="name" text="Name" first required wide hint="Letters, digits, dots, hyphens and underscores" />
            <ActionField name="parallelism" text="Parallelism" number required defaultValue="1" />
          </ActionForm>
        </Dialog>
      )}
    </>
  );
}
