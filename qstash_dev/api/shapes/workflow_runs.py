"""Workflow runs: starting, reading and ending them (https://upstash.com/docs/workflow/basics/client/trigger),
and the events that they wait for (https://upstash.com/docs/workflow/basics/client/notify)."""

from __future__ import annotations

from msgspec import Meta, field

from qstash_dev.api.shapes.fields import (
    UNSET,
    Annotated,
    Any,
    GivenHeaders,
    Headers,
    Maybe,
    OpenShape,
    Shape,
    TimeMs,
    TrueOrFalse,
    Whole,
    doc,
)


class RunName(Shape):
    """What names a workflow run: ids may be used again when their run has ended."""

    workflow_run_id: Annotated[str, doc("Id of the run.")]
    workflow_created_at: Annotated[TimeMs, doc("When it was created, unix milliseconds.")]


class Triggered(RunName):
    """The run that was started."""

    deduplicated: Maybe[Annotated[bool, doc("A run of this id goes on already.")]] = UNSET


class Ended(Shape):
    """A run that has ended."""

    cancelled: Maybe[Annotated[Whole, doc("1 if the run was cancelled.")]] = UNSET


class RawStep(Shape):
    """An entry in the log of a run, as its messages deliver it."""

    message_id: Annotated[str, doc("Id of the message that submitted it.")]
    body: Annotated[bytes, doc("The step, or the payload of the run.")]
    call_type: Annotated[
        str,
        Meta(description="What submitted it.", extra_json_schema={"enum": ["step", "toCallback", "fromCallback"]}),
    ]


class TriggerItem(OpenShape):
    """One run of a batch to start."""

    destination: Annotated[str, doc("The URL of the workflow.")]
    headers: Maybe[Annotated[GivenHeaders, doc("`Upstash-*` headers and Content-Type.")]] = UNSET
    body: Maybe[Annotated[Any, doc("A string as it is, anything else as its JSON text; null is none.")]] = UNSET


class RunsToCancel(OpenShape):
    """Which runs are meant. What the query may say may stand in the body as well."""

    workflow_run_ids: Maybe[Annotated[str | list[str], doc("Ids of runs.")]] = UNSET
    workflow_url: Maybe[Annotated[str | list[str], doc("URLs of workflows.")]] = UNSET
    label: Maybe[Annotated[str | list[str], doc("Labels.")]] = UNSET
    caller_ip: Maybe[Annotated[str | list[str], doc("Addresses of those who triggered them.")]] = UNSET
    flow_control_key: Maybe[Annotated[str | list[str], doc("Flow control keys.")]] = UNSET
    from_date: Maybe[Annotated[TimeMs, doc("Not before this unix time in milliseconds.")]] = UNSET
    to_date: Maybe[Annotated[TimeMs, doc("Not after this unix time in milliseconds.")]] = UNSET
    count: Maybe[Annotated[Whole, doc("How many at most.")]] = UNSET


class TriggerHeaders(OpenShape):
    """What a run that is started is called, and who starts it."""

    run_id: Maybe[
        Annotated[
            str,
            doc(
                "Id of the run, ASCII without white space, `/`, `?` and `#`; `wfr_` is put before it where it is "
                "missing."
            ),
        ]
    ] = field(default=UNSET, name="Upstash-Workflow-RunId")
    unknown_sdk: Maybe[Annotated[TrueOrFalse, doc("Let the SDK of the endpoint start the run itself.")]] = field(
        default=UNSET, name="Upstash-Workflow-Unknown-Sdk"
    )


class InstanceHeaders(OpenShape):
    """Which of several runs of one id is meant."""

    created_at: Maybe[Annotated[str, doc("Which run of this id, by its creation in unix milliseconds.")]] = field(
        default=UNSET, name="Upstash-Workflow-CreatedAt"
    )


class HowToEnd(OpenShape):
    """Whether a run is cancelled, or finished by its SDK."""

    cancel: Maybe[Annotated[TrueOrFalse, doc("Whether it is cancelled.")]] = UNSET


class Waits(Shape):
    """The run waits."""


class Waiter(Shape):
    """A run that waits for an event."""

    url: Annotated[str, doc("Where the run goes on.")]
    headers: Annotated[Headers, doc("Headers of the message that it goes on with.")]
    deadline: Annotated[Whole, doc("When the wait ends, unix time in seconds.")]
    timeout_url: Annotated[str, doc("Where the run goes on if the event does not come.")]
    timeout_headers: Annotated[Headers, doc("Headers of the message that it goes on with then.")]


class Notified(Shape):
    """A run that an event has resumed."""

    waiter: Annotated[Waiter, doc("What it waited with.")]
    message_id: Annotated[str, doc("The message that it goes on with.")]
    error: Annotated[str, doc("Empty: what is wrong with one run does not keep others waiting.")]
    workflow_run_id: Annotated[str, doc("Id of the run.")]
    workflow_created_at: Annotated[TimeMs, doc("When it was created, unix milliseconds.")]


class Hooked(RunName):
    """The run whose webhook was called."""

    message_id: Maybe[Annotated[str, doc("Missing if the run does not wait for the webhook yet.")]] = UNSET


class WaitStep(OpenShape):
    """The step that waits, as its SDK numbers and names it."""

    step_id: Annotated[Whole, doc("Number of the step.")]
    step_name: Annotated[str, doc("Name of the step.")]
    step_type: Annotated[str, doc("Type of the step.")]
    concurrent: Maybe[Annotated[Whole, doc("How many steps its group has.")]] = UNSET
    target_step: Maybe[Annotated[Whole, doc("The step of a parallel group that this one plans.")]] = UNSET


class WaitRequest(OpenShape):
    """A wait for an event."""

    step: Annotated[WaitStep, doc("The step that waits.")]
    url: Maybe[Annotated[str, doc("Where the run goes on.")]] = UNSET
    timeout: Maybe[
        Annotated[str, Meta(description="How long it waits.", extra_json_schema={"examples": ["7d", "20s"]})]
    ] = UNSET
    timeout_url: Maybe[Annotated[str, doc("Where the run goes on if the event does not come.")]] = UNSET
    timeout_headers: Maybe[Annotated[GivenHeaders, doc("Headers of the message that it goes on with then.")]] = UNSET


class WaitHeaders(InstanceHeaders, kw_only=True):
    """Which run waits."""

    run_id: Annotated[str, doc("Id of the run.")] = field(name="Upstash-Workflow-RunId")
    init: Annotated[TrueOrFalse, doc("false.")] = field(name="Upstash-Workflow-Init")
