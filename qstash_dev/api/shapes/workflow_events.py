"""Events that workflow runs wait for (https://upstash.com/docs/workflow/basics/client/notify)."""

from __future__ import annotations

from msgspec import Meta, field

from qstash_dev.api.shapes.fields import (
    UNSET,
    Annotated,
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
from qstash_dev.api.shapes.workflow_runs import InstanceHeaders, RunName


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
