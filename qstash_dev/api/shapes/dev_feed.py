"""Events of the stream of changes (``/_dev/feed``)."""

from __future__ import annotations

from qstash_dev.api.shapes.dev_messages import MessageSummary
from qstash_dev.api.shapes.dev_status import ServerStatus
from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Shape, Whole, doc


class FeedChange(Shape):
    """The data of an event ``change``: messages that changed, the status, or both."""

    seq: Annotated[Whole, doc("The latest event of the log that it takes account of.")]
    messages: Maybe[Annotated[list[MessageSummary], doc("Messages that changed, the latest first.")]] = UNSET
    more: Maybe[Annotated[Whole, doc("How many changed messages are left out.")]] = UNSET
    status: Maybe[Annotated[ServerStatus, doc("The status, if it is another one.")]] = UNSET


class FeedGap(Shape):
    """The data of an event ``gap``: what happened meanwhile is not known any more, read lists again."""
