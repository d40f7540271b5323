"""The dead letter queue of workflow runs (https://upstash.com/docs/workflow/features/dlq)."""

from __future__ import annotations

from qstash_dev.api.shapes.dlq import DeadLetter
from qstash_dev.api.shapes.fields import UNSET, Annotated, Headers, Maybe, Shape, TimeMs, doc
from qstash_dev.api.shapes.workflow_runs import RunName
from qstash_dev.state.run import CallbackState


class FailureCallbackInfo(Shape):
    """What a failure function was answered with."""

    state: Annotated[CallbackState, doc("Its state.")]
    response_status: Maybe[Annotated[int, doc("HTTP status of its answer.")]] = UNSET
    response_body: Maybe[Annotated[str, doc("Body of its answer.")]] = UNSET
    response_headers: Maybe[Annotated[Headers, doc("Headers of its answer.")]] = UNSET


class WorkflowDeadLetter(DeadLetter, kw_only=True):
    """A workflow run that failed: the message that it failed with, and the payload that it was started with."""

    workflow_run_id: Annotated[str, doc("Id of the run.")]
    workflow_created_at: Annotated[TimeMs, doc("When it was created, unix milliseconds.")]
    workflow_url: Annotated[str, doc("URL of its workflow.")]
    failure_function_state: Maybe[Annotated[CallbackState, doc("State of its failure function.")]] = UNSET
    failure_callback_info: Maybe[Annotated[FailureCallbackInfo, doc("What that was answered with.")]] = UNSET


class WorkflowDeadLetters(Shape):
    """A page of the dead letter queue of workflow runs."""

    messages: Annotated[list[WorkflowDeadLetter], doc("The entries.")]
    cursor: Maybe[Annotated[str, doc("Where the next page starts; missing on the last page.")]] = UNSET


class Recovered(Shape):
    """The runs that go on for those that failed."""

    cursor: Annotated[str, doc("Where the next page starts, empty on the last page.")]
    workflow_runs: Annotated[list[RunName], doc("The new runs.")]
