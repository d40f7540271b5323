"""The dead letter queue.

https://upstash.com/docs/qstash/features/dlq, and of workflow runs https://upstash.com/docs/workflow/features/dlq
"""

from __future__ import annotations

from qstash_dev.api.shapes.fields import UNSET, Annotated, Headers, Maybe, OpenShape, Shape, TimeMs, Whole, doc
from qstash_dev.api.shapes.messages import Message
from qstash_dev.api.shapes.workflow_runs import RunName
from qstash_dev.state.run import CallbackState


class DeadLetter(Message, kw_only=True):
    """A message whose delivery failed for good, and the answer that sealed it."""

    dlq_id: Annotated[str, doc("Id of the entry.")]
    response_status: Annotated[int, doc("HTTP status of the last answer, 0 if there was none.")]
    response_header: Maybe[Annotated[Headers, doc("Headers of the last answer.")]] = UNSET
    response_body: Maybe[Annotated[str, doc("Body of the last answer, if it is UTF-8.")]] = UNSET
    response_body_base64: Maybe[Annotated[bytes, doc("Body of the last answer, if it is not UTF-8.")]] = UNSET
    error: Maybe[Annotated[str, doc("Why there was no answer.")]] = UNSET


class DeadLetters(Shape):
    """A page of the dead letter queue."""

    messages: Annotated[list[DeadLetter], doc("The entries.")]
    cursor: Maybe[Annotated[str, doc("Where the next page starts; missing on the last page.")]] = UNSET


class Deleted(Shape):
    """How many entries were deleted."""

    deleted: Annotated[Whole, doc("How many.")]
    cursor: Maybe[Annotated[str, doc("Where the next page starts; missing on the last page.")]] = UNSET


class Retried(Shape):
    """The message that a dead letter was published again as."""

    message_id: Annotated[str, doc("Id of the new message.")]
    deduplicated: Maybe[Annotated[bool, doc("An earlier message had the same deduplication id.")]] = UNSET


class RetriedMany(Shape):
    """The messages that dead letters were published again as."""

    responses: Annotated[list[Retried], doc("The new messages.")]
    cursor: Annotated[str, doc("Where the next page starts, empty on the last page.")]


class DlqIds(OpenShape):
    """Which entries are meant. What the query may say may stand in the body as well."""

    dlq_ids: Maybe[Annotated[list[str], doc("Ids of entries.")]] = UNSET


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
