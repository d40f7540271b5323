/** The properties of a workflow run. */

import type { RunDetail } from "../../../api/types";
import { Properties, type Property } from "../../../components/properties";
import { ExactTime, RelativeTime } from "../../../components/time";
import { bytes, duration } from "../../../lib/format";
import { href, user } from "../../../router";
import { now } from "../../../store/status";

export function RunProperties({ detail }: { detail: RunDetail }) {
  const { run, payload } = detail;
  const { workflowRunCreatedAt: started, workflowRunCompletedAt: ended } = run;
  const steps = run.steps.flatMap((group) => group.steps).filter(({ stepId, phase }) => stepId && phase === "done");
  const properties: Property[] = [
    ["User", detail.user !== user.value && <a href={href("workflows", [], { user: detail.user })}>{detail.user}</a>],
    ["Started", <Moment at={started} />],
    ["Ended", ended !== undefined && <Moment at={ended} />],
    ["Duration", duration(Math.max(0, (ended ?? now.value) - started))],
    ["Steps done", steps.length],
    ["Retries", `${detail.retries} for each step`],
    ["Payload", bytes(payload.bodySize)],
    [
      "Flow control",
      run.flowControlKey && <a href={href("messages", [], { flowControlKey: run.flowControlKey })}>{run.flowControlKey}</a>,
    ],
    ["Labels", labels(run.labels)],
  ];
  return <Properties properties={properties} />;
}

function Moment({ at }: { at: number }) {
  return (
    <>
      <RelativeTime at={at} /> (<ExactTime at={at} />)
    </>
  );
}

function labels(names: string[] = []) {
  if (names.length === 0) return undefined;
  return names.map((name) => (
    <a key={name} class="tag" href={href("workflows", [], { label: name })}>
      {name}
    </a>
  ));
}
