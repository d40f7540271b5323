"""The dead letter queue in groups and in single entries (``/_dev/dlq``)."""

from __future__ import annotations

from typing import Literal

from qstash_dev.api.shapes.dev_parts import CutBody, DurationMs, Reason, ReceivedResponse
from qstash_dev.api.shapes.dev_verdicts import Verdict
from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Method, Positive, Shape, TimeMs, Whole, doc
from qstash_dev.state.run import CallbackState

DeadLetterKind = Literal["message", "run"]
_Kind = Annotated[DeadLetterKind, doc("A message, or a workflow run that failed with it.")]
_What = Annotated[str, doc("The last HTTP status, or the error if there was no answer.")]
_To = Annotated[str, doc("The URL without its query.")]


class DeadLetterGroup(Shape):
    """Entries of one kind, one error and one destination."""

    kind: _Kind
    what: _What
    to: _To
    count: Annotated[Positive, doc("How many entries.")]
    newest: Annotated[TimeMs, doc("When the latest one failed, unix milliseconds.")]
    oldest: Annotated[TimeMs, doc("When the first one failed, unix milliseconds.")]
    failure_reason: Maybe[Reason] = UNSET
    response_status: Maybe[Annotated[Whole, doc("The last HTTP status, if there was one.")]] = UNSET


class DeadLetterCounts(Shape):
    """How many entries of each kind match."""

    message: Annotated[Whole, doc("Entries of messages.")]
    run: Annotated[Whole, doc("Entries of workflow runs.")]


class DeadLetterGroups(Shape):
    """The dead letter queue of one user in groups, the most recent first."""

    groups: Annotated[list[DeadLetterGroup], doc("The groups.")]
    more: Annotated[Whole, doc("How many groups are left out.")]
    counts: Annotated[DeadLetterCounts, doc("How many entries match.")]
    total: Annotated[Whole, doc("All entries of the user.")]


class DeadLetterSummary(Shape, kw_only=True):
    """An entry of the dead letter queue as a row of a list."""

    dlq_id: Annotated[str, doc("Id of the entry.")]
    kind: _Kind
    what: _What
    to: _To
    message_id: Annotated[str, doc("Id of the message.")]
    method: Annotated[Method, doc("HTTP method of its attempts.")]
    url: Annotated[str, doc("The destination as it was published.")]
    failed_at: Annotated[TimeMs, doc("When the last attempt failed, unix milliseconds.")]
    attempts: Annotated[Positive, doc("How many attempts failed.")]
    duration: Annotated[DurationMs, doc("Milliseconds of the last attempt.")]
    failure_reason: Maybe[Reason] = UNSET
    response_status: Maybe[Annotated[Whole, doc("The last HTTP status, if there was one.")]] = UNSET
    error: Annotated[str, doc("Why the last attempt failed.")]
    topic_name: Maybe[Annotated[str, doc("The URL group it was published to.")]] = UNSET
    queue_name: Maybe[Annotated[str, doc("Its queue.")]] = UNSET
    schedule_id: Maybe[Annotated[str, doc("The schedule that published it.")]] = UNSET
    labels: Maybe[Annotated[list[str], doc("Its labels.")]] = UNSET
    workflow_run_id: Maybe[Annotated[str, doc("The workflow run that failed.")]] = UNSET
    workflow_created_at: Maybe[Annotated[TimeMs, doc("When that run was created, unix milliseconds.")]] = UNSET
    failure_function_state: Maybe[Annotated[CallbackState, doc("State of the failure function.")]] = UNSET


class DeadLetterList(Shape):
    """Entries of the dead letter queue of one user, newest first."""

    letters: Annotated[list[DeadLetterSummary], doc("The entries.")]
    total: Annotated[Whole, doc("All entries of the user.")]
    cursor: Maybe[Annotated[str, doc("Where to go on; missing on the last page.")]] = UNSET


class DeadLetterDetail(Shape):
    """One entry of the dead letter queue with what was sent and what was answered."""

    letter: Annotated[DeadLetterSummary, doc("The entry.")]
    verdict: Annotated[Verdict, doc("What failed, and what to do about it.")]
    request: Annotated[CutBody, doc("The body of the message, or the payload of the run.")]
    response: Maybe[Annotated[ReceivedResponse, doc("The last answer, if there was one.")]] = UNSET
    hint: Maybe[Annotated[str, doc("What to look at.")]] = UNSET
