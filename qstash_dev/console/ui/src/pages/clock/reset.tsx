/** Reset of one user or of everything, with a dialog that says what is deleted and what stays. */

import { useState } from "preact/hooks";
import { reset } from "../../api/clock";
import { Button, Toolbar } from "../../components/button";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { CheckField } from "../../components/field";
import { hrefHere, navigate, route, user } from "../../router";
import { refreshSetup, refreshStatus } from "../../store/status";
import { toast } from "../../store/toasts";

type Scope = "all" | "user";

/** `#/clock/start-over` and `#/clock/start-over/user` open the dialog; `?clock=real` also ticks the box for the clock. */
const PATH = "start-over";

export function Reset() {
  const [part, scope] = route.value.rest;
  return (
    <section class="card start-over" aria-labelledby="over-title">
      <h2 id="over-title">Start over</h2>
      <p>
        Deletes the data of the server, as if it had just been started. Your application keeps what has already been
        delivered to it.
      </p>
      <Toolbar label="Start over">
        <Button text="Everything …" icon="bin" kind="danger" onClick={() => navigate(hrefHere([PATH]))} />
        <Button text={`Only ${user.value} …`} icon="user" kind="danger" onClick={() => navigate(hrefHere([PATH, "user"]))} />
      </Toolbar>
      {part === PATH && <ResetDialog key={scope} scope={scope === "user" ? "user" : "all"} />}
    </section>
  );
}

const close = (): void => navigate(hrefHere([], { clock: "" }), { replace: true });

function ResetDialog({ scope }: { scope: Scope }) {
  const [real, setReal] = useState(route.value.query.clock === "real");
  const confirm = async (): Promise<void> => {
    await reset(scope === "user" ? { user: user.value } : real ? { clock: "real" } : {});
    close();
    await Promise.all([refreshStatus(), refreshSetup()]);
    toast(scope === "user" ? `${user.value} has started over.` : "Everything has started over.");
  };
  return (
    <ConfirmDialog
      title={scope === "user" ? `Start ${user.value} over?` : "Start everything over?"}
      text="Start over"
      keep="Keep everything"
      label="Sure?"
      action={confirm}
      onClose={close}
    >
      <div class="ask">
        {scope === "user" ? <OneUser /> : <Everything real={real} />}
        {scope === "all" && <CheckField label="The clock as well: real time again" value={real} onChange={setReal} />}
      </div>
    </ConfirmDialog>
  );
}

function Everything({ real }: { real: boolean }) {
  return (
    <>
      <h3>Deleted, for every user</h3>
      <ul>
        <li>Messages, those in flight included, with events, dead letters and workflow runs</li>
        <li>Queues, URL groups, schedules and flow control keys</li>
        <li>Rotations of the signing keys: the first keys are valid again</li>
        <li>Refused calls</li>
        <li>Requests in inboxes, and the answers set for them</li>
        <li>Faults, and mappings that were added while the server ran</li>
        {real && <li>Time travel of the clock</li>}
      </ul>
      <h3>Kept</h3>
      <ul>
        <li>Users and their tokens, and the options the server was started with</li>
        <li>The names of inboxes</li>
        {!real && <li>The clock, as it is</li>}
      </ul>
    </>
  );
}

function OneUser() {
  return (
    <>
      <h3>Deleted</h3>
      <ul>
        <li>Messages of {user.value}, those in flight included, with events, dead letters and workflow runs</li>
        <li>Queues, URL groups, schedules and flow control keys</li>
        <li>Rotations of the signing keys: the first keys are valid again</li>
        <li>Refused calls of {user.value}</li>
      </ul>
      <h3>Kept</h3>
      <ul>
        <li>Everything of the other users</li>
        <li>Inboxes, also what {user.value} sent there, faults and mappings</li>
        <li>The clock, as it is</li>
      </ul>
    </>
  );
}
