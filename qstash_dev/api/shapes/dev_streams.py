"""Events of live streams: of a user's log (``/_dev/events``), and of changes (``/_dev/feed``)."""

from __future__ import annotations

from qstash_dev.api.shapes import dev_parts
from qstash_dev.api.shapes.dev_messages import MessageSummary
from qstash_dev.api.shapes.dev_server import ServerStatus
from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Positive, Shape, Whole, doc
from qstash_dev.api.shapes.logs import Event
from qstash_dev.state.run import RunState


class WarningEvent(Event, kw_only=True):
    """The data of an event ``warning``: hosted QStash may not take the message, or may take it otherwise."""

    warning: Annotated[dev_parts.Warning, doc("What it is about.")]


class NoticeEvent(Event, kw_only=True):
    """The data of an event ``notice``: something has happened to a message that hosted QStash logs nothing of."""

    notice: Annotated[dev_parts.Notice, doc("What has happened.")]


class RunEvent(Event, kw_only=True):
    """The data of an event ``run``: a workflow run begins or ends with the message."""

    workflow_state: Annotated[RunState, doc("The new state of the run.")]


class EventGap(Shape):
    """The data of an event ``gap``: the log has forgotten events before they were sent."""

    missed: Annotated[Positive, doc("How many.")]


class FeedChange(Shape):
    """The data of an event ``change``: messages that changed, the status, or both."""

    seq: Annotated[Whole, doc("The latest event of the log that it takes account of.")]
    messages: Maybe[Annotated[list[MessageSummary], doc("Messages that changed, the latest first.")]] = UNSET
    more: Maybe[Annotated[Whole, doc("How many changed messages are left out.")]] = UNSET
    status: Maybe[Annotated[ServerStatus, doc("The status, if it is another one.")]] = UNSET


class FeedGap(Shape):
    """The data of an event ``gap``: what happened meanwhile is not known any more, read lists again."""
