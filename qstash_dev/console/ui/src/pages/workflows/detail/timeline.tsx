/** The timeline of a workflow run: a bar for each step, parallel steps grouped, future time as an outline. */

import type { ComponentChildren } from "preact";
import type { RunDetail } from "../../../api/types";
import { Button } from "../../../components/button";
import { Icon } from "../../../components/icon";
import { duration } from "../../../lib/format";
import { route, setQuery } from "../../../router";
import { now } from "../../../store/status";
import { PhaseBadge, stepIcon, stepKind } from "../badges";
import { StepDetail } from "./step-detail";
import {
  type AttemptSpan,
  type Bar,
  type BarGroup,
  type Span,
  stepId,
  type TimelineLayout,
  timelineLayout,
} from "./timeline-layout";

interface TimelineProps {
  detail: RunDetail;
  onWhole: () => void;
}

export function Timeline({ detail, onWhole }: TimelineProps) {
  const scale = route.value.query.scale === "true" ? "true" : "fitted";
  const layout = timelineLayout(detail, now.value, scale);
  return (
    <div class="run-timeline">
      <p class="scale-choice">
        <span class="faint">
          {scale === "true"
            ? "Widths are proportional to time."
            : "Long intervals are shortened, so that short ones can be seen."}
        </span>
        <Button
          text="True scale"
          kind="quiet"
          pressed={scale === "true"}
          onClick={() => setQuery({ scale: scale === "true" ? "" : "true" }, { replace: true })}
        />
      </p>
      <div class="lanes">
        <Grid layout={layout} />
        <ol class="steps" aria-label="Steps">
          {layout.groups.map((group, index) => (
            <Group key={index} group={group} detail={detail} onWhole={onWhole} />
          ))}
        </ol>
      </div>
    </div>
  );
}

/** The time axis behind the bars. */
function Grid({ layout: { ticks, now } }: { layout: TimelineLayout }) {
  return (
    <div class="axis" aria-hidden="true">
      {ticks.map(({ at, text }) => (
        <span key={text} class={`tick ${edge(at)}`} style={{ left: percent(at) }}>
          {text}
        </span>
      ))}
      {now !== null && (
        <span class={`now ${now > 0.9 ? "last" : ""}`} style={{ left: percent(now) }}>
          now
        </span>
      )}
    </div>
  );
}

const edge = (at: number): string => (at === 0 ? "first" : at > 0.95 ? "last" : "");

function Group({ group, ...rest }: { group: BarGroup } & TimelineProps) {
  const rows = group.bars.map((bar) => <Row key={bar.key} bar={bar} {...rest} />);
  if (group.kind !== "parallel") return <>{rows}</>;
  const done = group.bars.filter(({ step }) => step.phase === "done").length;
  return (
    <li class="group">
      <p class="group-head">
        <span class="step-name">
          <Icon name="split" />
          <span>
            Parallel <span class="faint">{done === group.bars.length ? `${done} steps` : `${done} of ${group.bars.length} done`}</span>
          </span>
        </span>
        <Lane>
          <span class="bracket" style={place(group.span)} />
        </Lane>
        <span class="step-end" />
      </p>
      <ol aria-label="Parallel steps">{rows}</ol>
    </li>
  );
}

function Row({ bar, detail, onWhole }: { bar: Bar } & TimelineProps) {
  const { step } = bar;
  const id = stepId(step);
  const open = route.value.query.step === id;
  return (
    <li class={`step ${step.phase} ${stepKind(step.stepType)} ${step.attempts.length > 1 ? "tried" : ""}`}>
      <details
        open={open}
        onToggle={(event) => {
          const opened = event.currentTarget.open;
          if (opened !== (route.value.query.step === id)) {
            if (opened || open) setQuery({ step: opened ? id : "" }, { replace: true });
          }
        }}
      >
        <summary class="step-row">
          <span class="step-name">
            <Icon name={stepIcon(step.stepType)} />
            <span class="name">{step.stepName ?? "Next step"}</span>
            <span class="kind">{stepKind(step.stepType)}</span>
          </span>
          <Lane>
            <Bars bar={bar} />
          </Lane>
          <span class="step-end">
            {step.attempts.length > 1 && <span class="tries">{step.attempts.length} attempts</span>}
            <span class="lasted">{step.stepType === "Initial" ? "" : duration(bar.lastedMs)}</span>
            <PhaseBadge phase={step.phase} />
          </span>
        </summary>
        {open && <StepDetail bar={bar} detail={detail} onWhole={onWhole} />}
      </details>
    </li>
  );
}

/** Hidden from screen readers: the same information is in the texts beside it. */
function Lane({ children }: { children: ComponentChildren }) {
  return (
    <span class="lane" aria-hidden="true">
      {children}
    </span>
  );
}

function Bars({ bar: { done, ahead, attempts } }: { bar: Bar }) {
  return (
    <>
      <span class="bar" style={place(done)} />
      {ahead && <span class="bar ahead" style={place(ahead)} />}
      {attempts.length > 1 &&
        attempts.map((attempt, index) => (
          <span key={index} class={`attempt ${attempt.outcome} ${isThin(attempt) ? "thin" : ""}`} style={place(attempt)} />
        ))}
    </>
  );
}

const isThin = ({ from, to, outcome }: AttemptSpan): boolean => outcome === "bad" && to - from < 0.012;
const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;
const place = ({ from, to }: Span) => ({ left: percent(from), width: percent(to - from) });
