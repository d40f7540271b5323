"""Workflow runs in lists and in detail (``/_dev/runs``)."""

from __future__ import annotations

from typing import Literal

from msgspec import Meta

from qstash_dev.api.shapes.dev_parts import BodyBase64, CutBody, DurationMs, Reason
from qstash_dev.api.shapes.dev_verdicts import Verdict
from qstash_dev.api.shapes.fields import UNSET, Annotated, Headers, Maybe, Positive, Shape, TimeMs, Whole, doc
from qstash_dev.api.shapes.workflow_logs import NextStep, Run, Step
from qstash_dev.state.run import CallbackState, RunState

WaitKind = Literal["delivery", "retry", "sleep", "delay", "turn", "call", "event", "webhook", "invoke"]
StepPhase = Literal[
    "done", "running", "retrying", "due", "sleeping", "waiting", "calling", "invoking", "failed", "cancelled"
]


class RunWait(Shape):
    """What would take a workflow run on."""

    kind: Annotated[WaitKind, doc("What it is; `turn` is a place in a queue, a flow control key or a connection.")]
    text: Annotated[str, doc("The same in words.")]
    message_id: Maybe[Annotated[str, doc("Id of the message that does it.")]] = UNSET
    event_id: Maybe[Annotated[str, doc("Id of the event.")]] = UNSET
    waiters: Maybe[Annotated[Positive, doc("How many runs wait for the event.")]] = UNSET
    workflow_run_id: Maybe[Annotated[str, doc("Id of the invoked run.")]] = UNSET
    url: Maybe[Annotated[str, doc("Where the message goes, or URL of the invoked run.")]] = UNSET
    step_name: Maybe[Annotated[str, doc("Name of the step that waits.")]] = UNSET
    step_id: Maybe[Annotated[Whole, doc("Number of the step that waits.")]] = UNSET
    due_at: Maybe[Annotated[TimeMs, doc("When it ends by itself, unix milliseconds.")]] = UNSET
    hook: Maybe[Annotated[str, doc("The webhook's address below that of the server.")]] = UNSET


class RunSummary(Shape):
    """A workflow run as a row of a list."""

    workflow_run_id: Annotated[str, doc("Id of the run.")]
    created_at: Annotated[TimeMs, doc("When it was created, unix milliseconds.")]
    url: Annotated[str, doc("URL of the workflow.")]
    state: Annotated[RunState, doc("State of the run.")]
    steps: Annotated[Whole, doc("How many steps are done.")]
    completed_at: Maybe[Annotated[TimeMs, doc("When it ended, unix milliseconds.")]] = UNSET
    labels: Maybe[Annotated[list[str], doc("Its labels.")]] = UNSET
    flow_control_key: Maybe[Annotated[str, doc("Its flow control key.")]] = UNSET
    invoked_by: Maybe[Annotated[str, doc("Id of the run that invoked it.")]] = UNSET
    error: Maybe[Annotated[str, doc("Why it failed.")]] = UNSET
    failure_function_state: Maybe[Annotated[CallbackState, doc("State of the failure function.")]] = UNSET
    waits: Maybe[Annotated[list[RunWait], doc("What it waits for, the soonest first.")]] = UNSET
    older: Maybe[Annotated[bool, doc("A later run has the same id.")]] = UNSET
    more_waits: Maybe[Annotated[Positive, doc("How many waits are left out.")]] = UNSET
    failure_reason: Maybe[Reason] = UNSET


class RunList(Shape):
    """Workflow runs of one user, newest first."""

    runs: Annotated[list[RunSummary], doc("The runs.")]
    total: Annotated[Whole, doc("All runs of the user.")]
    cursor: Maybe[Annotated[str, doc("Where to go on; missing on the last page.")]] = UNSET


class StepAttempt(Shape):
    """A delivery attempt that a step was tried in."""

    number: Annotated[Positive, doc("1 for the first.")]
    time: Annotated[TimeMs, doc("When it began, unix milliseconds.")]
    ended_at: Maybe[Annotated[TimeMs, doc("When it ended, unix milliseconds.")]] = UNSET
    duration: Maybe[Annotated[DurationMs, doc("Milliseconds of real time.")]] = UNSET
    status: Maybe[Annotated[Whole, doc("The HTTP status.")]] = UNSET
    error: Maybe[Annotated[str, doc("Why it failed.")]] = UNSET
    failure_reason: Maybe[Reason] = UNSET
    hint: Maybe[Annotated[str, doc("What to look at.")]] = UNSET
    body: Maybe[Annotated[str, doc("The answer to an attempt that failed.")]] = UNSET
    body_base64: Maybe[BodyBase64] = UNSET


class TimedStep(Step, kw_only=True):
    """A step that was done or goes on, with its times and attempts."""

    begun_at: Annotated[TimeMs, doc("When it began, unix milliseconds.")]
    phase: Annotated[StepPhase, doc("What it is doing.")]
    attempts: Annotated[list[StepAttempt], doc("The attempts of the message `triedIn`, the first one first.")]
    ended_at: Maybe[Annotated[TimeMs, doc("When it ended, unix milliseconds.")]] = UNSET
    due_at: Maybe[Annotated[TimeMs, doc("When it ends or is tried again by itself, unix milliseconds.")]] = UNSET
    tried_in: Maybe[Annotated[str, doc("Id of the message whose attempts these are.")]] = UNSET


class TimedNextStep(NextStep, kw_only=True):
    """A delivery that is to come, or that the run died of, with its times and attempts."""

    begun_at: Annotated[TimeMs, doc("When it began, unix milliseconds.")]
    attempts: Annotated[list[StepAttempt], doc("The attempts of the message `triedIn`, the first one first.")]
    tried_in: Annotated[str, doc("Id of the message whose attempts these are.")]
    phase: Annotated[StepPhase, doc("What it is doing.")]
    ended_at: Maybe[Annotated[TimeMs, doc("When the run ended, unix milliseconds.")]] = UNSET
    due_at: Maybe[Annotated[TimeMs, doc("When it is tried, unix milliseconds.")]] = UNSET


class TimedSequentialStep(Shape, tag_field="type", tag="sequential"):
    """A step by itself."""

    steps: Annotated[list[TimedStep], Meta(min_length=1, max_length=1, description="The step.")]


class TimedParallelSteps(Shape, tag_field="type", tag="parallel"):
    """Steps that are done beside each other."""

    steps: Annotated[list[TimedStep], Meta(min_length=1, description="The steps.")]


class TimedNextSteps(Shape, tag_field="type", tag="next"):
    """What is delivered next."""

    steps: Annotated[list[TimedNextStep], Meta(min_length=1, description="The deliveries.")]


TimedGroup = TimedSequentialStep | TimedParallelSteps | TimedNextSteps


class TimedRun(Run):
    """A workflow run as GET /v2/workflows/logs has it, with the times and attempts of its steps."""

    steps: Annotated[  # type: ignore[assignment]  # the same steps, which have more fields
        list[TimedGroup],
        doc("Steps done one after the other or beside each other, and what is delivered next."),
    ]


class ChildRun(Shape):
    """A workflow run that another one has invoked."""

    workflow_run_id: Annotated[str, doc("Id of the invoked run.")]
    url: Annotated[str, doc("URL of its workflow.")]
    state: Annotated[RunState, doc("State of the run.")]
    step_name: Annotated[str, doc("Name of the step that invoked it.")]


class RunDetail(Shape, kw_only=True):
    """Everything that is known of a workflow run."""

    user: Annotated[str, doc("Id of the user whose it is.")]
    now: Annotated[TimeMs, doc("The clock's time, unix milliseconds.")]
    run: Annotated[TimedRun, doc("The run with all of its steps.")]
    verdict: Annotated[Verdict, doc("Which step it is at and what that waits for, or how it has ended.")]
    payload: Annotated[CutBody, doc("What it was started with.")]
    headers: Annotated[Headers, doc("The headers it was started with.")]
    waits: Annotated[list[RunWait], doc("What it waits for, the soonest first.")]
    in_dead_letter_queue: Annotated[bool, doc("Its entry is still in the dead letter queue.")]
    retries: Annotated[Whole, doc("Retries of its steps at most.")]
    parent_state: Maybe[Annotated[RunState, doc("State of the run that invoked it.")]] = UNSET
    children: Annotated[list[ChildRun], doc("The runs that it has invoked.")]
