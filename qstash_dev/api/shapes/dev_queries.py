"""Query parameters of the control API."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from qstash_dev.api.shapes.dev_dlq import DeadLetterKind
from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, OpenShape, TimeMs, TrueOrFalse, Whole, doc
from qstash_dev.api.shapes.queries import Choice
from qstash_dev.state.message import State
from qstash_dev.state.run import RunState

_Cursor = Maybe[Annotated[str, doc("The cursor of the answer before, unchanged.")]]
_TrimBody = Maybe[Annotated[Whole, doc("How many bytes of each body are shown at most, 65,536 by default.")]]
_Count50 = Maybe[Annotated[Whole, doc("How many at most, 50 by default, 200 at most.")]]
_Labels = Maybe[Annotated[list[str], doc("Labels.")]]
_RunCreatedAt = Maybe[Annotated[TimeMs, doc("When the run was created, unix milliseconds.")]]


class OfUser(OpenShape):
    """The user whose things are meant."""

    user: Maybe[Annotated[str, doc("Id of a user, the default one unless given.")]] = UNSET


class OfAnyUser(OpenShape):
    """The user whose it must be."""

    user: Maybe[Annotated[str, doc("Id of the user whose it must be, any unless given.")]] = UNSET


class OfRefusals(OpenShape):
    """Whose refused calls."""

    user: Maybe[Annotated[str, doc("Id of a user, `unknown` for calls without a valid token, all unless given.")]] = (
        UNSET
    )


class RefusalQuery(OfRefusals):
    """Which refused calls."""

    limit: Maybe[Annotated[Whole, doc("How many at most, 100 by default, 1,000 at most.")]] = UNSET


class CancelQuery(OfAnyUser):
    """How to cancel."""

    abort: Maybe[Annotated[TrueOrFalse, doc("Abort calls in flight too, false by default.")]] = UNSET


class DueQuery(OpenShape):
    """How much of what is due."""

    count: Maybe[Annotated[Whole, doc("How many at most, 100 by default.")]] = UNSET


class ResetQuery(OpenShape):
    """The user who is reset."""

    user: Maybe[Annotated[str, doc("Id of the one user to reset, instead of the field.")]] = UNSET


class MessageQuery(Choice):
    """Which messages."""

    user: Maybe[Annotated[str, doc("Id of a user, the default one unless given.")]] = UNSET
    search: Maybe[Annotated[str, doc("Text in an id, a URL, a name, a label or a body, in any case.")]] = UNSET
    state: Maybe[Annotated[list[State], doc("States of the messages.")]] = UNSET
    due: Maybe[Annotated[Literal["now", "later"], doc("Messages that wait for their turn, or for a time.")]] = UNSET
    count: _Count50 = UNSET
    cursor: _Cursor = UNSET
    message_id: Maybe[Annotated[str, doc("One message.")]] = UNSET
    host: Maybe[Annotated[list[str], doc("Hosts of the destinations, with or without the port.")]] = UNSET
    path: Maybe[Annotated[list[str], doc("Paths of the destinations.")]] = UNSET


class DetailQuery(OfAnyUser):
    """How much of a message."""

    trim_body: _TrimBody = UNSET


class DeadLetterGroupQuery(OfUser):
    """Which entries of the dead letter queue."""

    search: Maybe[Annotated[str, doc("Text in an id, a URL, a name, a label, an error or an answer.")]] = UNSET
    kind: Maybe[Annotated[DeadLetterKind, doc("Entries of messages, or of workflow runs.")]] = UNSET
    what: Maybe[Annotated[str, doc("One HTTP status or error.")]] = UNSET
    to: Maybe[Annotated[str, doc("One URL, without a query.")]] = UNSET


class DeadLetterQuery(DeadLetterGroupQuery):
    """Which entries of the dead letter queue, and how many."""

    count: Maybe[Annotated[Whole, doc("How many at most, 100 by default, 500 at most.")]] = UNSET
    cursor: _Cursor = UNSET


class DeadLetterDetailQuery(OfUser):
    """How much of an entry of the dead letter queue."""

    trim_body: _TrimBody = UNSET


class RunQuery(OfUser):
    """Which workflow runs."""

    search: Maybe[Annotated[str, doc("Text in an id, a URL, a label, an event or an error.")]] = UNSET
    state: Maybe[Annotated[list[RunState], doc("States of the runs.")]] = UNSET
    workflow_url: Maybe[Annotated[list[str], doc("URLs of workflows.")]] = UNSET
    label: _Labels = UNSET
    count: _Count50 = UNSET
    cursor: _Cursor = UNSET


class RunDetailQuery(DetailQuery):
    """Which of several runs of one id, and how much of it."""

    created_at: _RunCreatedAt = UNSET


class CancelRunQuery(CancelQuery):
    """Which of several runs of one id, and how to cancel it."""

    created_at: _RunCreatedAt = UNSET


class InboxQuery(OpenShape):
    """Which requests of an inbox, and how much of each."""

    after: Maybe[Annotated[Whole, doc("Only requests with higher numbers.")]] = UNSET
    before: Maybe[Annotated[Whole, doc("Only requests with lower numbers.")]] = UNSET
    last: Maybe[Annotated[Whole, doc("How many at most, the latest of them.")]] = UNSET
    trim_body: Maybe[Annotated[Whole, doc("How many bytes of each body are shown, all unless given.")]] = UNSET


class StreamQuery(OfUser):
    """Whose events, and from where on."""

    last_event_id: Maybe[Annotated[str, doc("As the header Last-Event-ID.")]] = UNSET


class StreamHeaders(OpenShape):
    """Where a stream goes on."""

    last: Maybe[Annotated[str, doc("Id of the last known event, 0 for all.")]] = field(
        default=UNSET, name="Last-Event-ID"
    )
