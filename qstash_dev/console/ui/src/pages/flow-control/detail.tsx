/** The details of one flow control key, the actions on it, and the forms that pin limits. */

import { useEffect, useState } from "preact/hooks";
import {
  pauseFlowControlKey,
  pinFlowControlKey,
  resetRate,
  resumeFlowControlKey,
  unpinFlowControlKey,
} from "../../api/flow-control";
import type { FlowControlKey } from "../../api/types";
import { getVerdict } from "../../api/verdicts";
import { ActionField, ActionForm } from "../../components/action-form";
import { Badge } from "../../components/badge";
import { ActionButton, Button, Toolbar } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Properties } from "../../components/properties";
import { RelativeTime } from "../../components/time";
import { VerdictBox } from "../../components/verdict";
import { WaitListBadge } from "../../components/wait-list-badge";
import { count } from "../../lib/format";
import { href, hrefHere, navigate, user } from "../../router";
import type { ServerQuery } from "../../store/query";
import { useQuery } from "../../store/use-query";
import { runAndRefresh } from "../../store/user-token";
import { inFlight, isPinned, period, periodEnd, pinOf } from "./limits";

type List = ServerQuery<FlowControlKey[]>;

export function FlowControlView({ flow, list }: { flow: FlowControlKey; list: List }) {
  const { flowControlKey: key, isPaused, waitListSize } = flow;
  const next = periodEnd(flow);
  const owner = user.value;
  // The list is that of the API of hosted QStash, which has no verdicts.
  const why = useQuery(JSON.stringify([owner, key]), (signal) => getVerdict("flow-control", key, owner, signal));
  useEffect(() => why.changed(), [why, flow]);
  const verdict = why.value.value;
  return (
    <>
      <p class="what">
        <WaitListBadge paused={isPaused} waiting={waitListSize} />
      </p>
      {verdict && <VerdictBox verdict={verdict} user={owner} />}
      <Actions flow={flow} list={list} />
      <Properties
        properties={[
          ["Waiting", count(waitListSize)],
          ["In flight", inFlight(flow)],
          ["Parallelism", <Limit value={flow.parallelismMax} pinned={flow.isPinnedParallelism} />],
          ["Rate", <Limit value={flow.rateMax} per={period(flow.ratePeriod)} pinned={flow.isPinnedRate} />],
          ["In this period", flow.rateMax > 0 && count(flow.rateCount)],
          ["Next period", next !== undefined && verdict?.nextAt === undefined && <RelativeTime at={next} />],
        ]}
      />
      <section class="panel">
        <h3>Pin limits</h3>
        <p class="faint">A pinned limit overrides the limits of messages until it is unpinned. Fields left empty are not pinned.</p>
        <PinForm flow={flow} submit="Pin" action={(pin) => pinned(list, key, pin)} />
        {isPinned(flow) && (
          <Toolbar label="Unpin">
            {flow.isPinnedParallelism && <Unpin limit="parallelism" flow={flow} list={list} />}
            {flow.isPinnedRate && <Unpin limit="rate" flow={flow} list={list} />}
          </Toolbar>
        )}
      </section>
    </>
  );
}

const pinned = (list: List, key: string, pin: ReturnType<typeof pinOf>): Promise<void> =>
  runAndRefresh(list, `Limits of ${key} are pinned.`, (token) => pinFlowControlKey(token, key, pin));

function Limit({ value, per, pinned }: { value: number; per?: string; pinned: boolean }) {
  return (
    <>
      {value > 0 ? `${count(value)}${per ? ` per ${per}` : ""}` : "no limit"}{" "}
      {pinned && <Badge tone="off" icon="pin" text="Pinned" />}
    </>
  );
}

function Actions({ flow: { flowControlKey: key, isPaused }, list }: { flow: FlowControlKey; list: List }) {
  return (
    <Toolbar label="Actions">
      <ActionButton
        text={isPaused ? "Resume" : "Pause"}
        icon={isPaused ? "play" : "pause"}
        kind={isPaused ? "main" : "plain"}
        hint={isPaused ? "Deliver the waiting messages" : "Let calls in flight finish, and start no others"}
        action={() =>
          isPaused
            ? runAndRefresh(list, `${key} is resumed.`, (token) => resumeFlowControlKey(token, key))
            : runAndRefresh(list, `${key} is paused.`, (token) => pauseFlowControlKey(token, key))
        }
      />
      <ActionButton
        text="Reset rate"
        icon="retry"
        hint="Set the count of calls to zero and begin a new period"
        action={() => runAndRefresh(list, `A new period of ${key} has begun.`, (token) => resetRate(token, key))}
      />
      <a class="button plain" href={href("messages", [], { flowControlKey: key })}>
        Show messages
      </a>
    </Toolbar>
  );
}

function Unpin({ limit, flow, list }: { limit: "parallelism" | "rate"; flow: FlowControlKey; list: List }) {
  const { flowControlKey: key } = flow;
  return (
    <ActionButton
      text={`Unpin ${limit}`}
      icon="pin"
      hint="The limit stays until a message sets another"
      action={() => runAndRefresh(list, `The ${limit} of ${key} is not pinned any more.`, (token) => unpinFlowControlKey(token, key, limit))}
    />
  );
}

interface PinFormProps {
  flow?: FlowControlKey;
  submit: string;
  main?: boolean;
  withKey?: boolean;
  action: (pin: ReturnType<typeof pinOf>, key: string) => Promise<void>;
}

/** The form for pinned limits, filled with the present ones. */
function PinForm({ flow, submit, main = false, withKey = false, action }: PinFormProps) {
  return (
    <ActionForm label={submit} submit={submit} main={main} action={(values) => action(pinOf(values), values.key ?? "")}>
      {withKey && <ActionField name="key" text="Key" first required wide />}
      <ActionField
        name="parallelism"
        text="Parallelism"
        number
        defaultValue={flow?.isPinnedParallelism ? String(flow.parallelismMax) : ""}
      />
      <ActionField name="rate" text="Rate" number defaultValue={flow?.isPinnedRate ? String(flow.rateMax) : ""} />
      <ActionField
        name="period"
        text="Period in seconds"
        number
        defaultValue={flow?.isPinnedRate ? String(flow.ratePeriod) : ""}
      />
    </ActionForm>
  );
}

/** The dialog that pins the limits of a key, which need not exist yet. */
export function NewKey({ list }: { list: List }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button text="Pin a key" icon="pin" kind="main" onClick={() => setOpen(true)} />
      {open && (
        <Dialog title="Pin the limits of a key" onClose={() => setOpen(false)}>
          <p class="faint">The key need not exist yet. These limits override those of its messages.</p>
          <PinForm
            submit="Pin"
            main
            withKey
            action={async (pin, key) => {
              await pinned(list, key, pin);
              setOpen(false);
              navigate(hrefHere([key]));
            }}
          />
        </Dialog>
      )}
    </>
  );
}
