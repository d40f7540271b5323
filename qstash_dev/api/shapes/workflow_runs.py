"""Workflow runs: starting, reading and ending them (https://upstash.com/docs/workflow/basics/client/trigger)."""

from __future__ import annotations

from msgspec import Meta, field

from qstash_dev.api.shapes.fields import (
    UNSET,
    Annotated,
    Any,
    GivenHeaders,
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
