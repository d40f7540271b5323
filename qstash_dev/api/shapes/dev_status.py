"""The clock, and what the messages of each user are doing (``/_dev/status``)."""

from __future__ import annotations

from qstash_dev.api.shapes.dev_clock import Clock
from qstash_dev.api.shapes.fields import Annotated, Shape, Whole, doc


class UserStatus(Shape):
    """How many messages of a user are where."""

    name: Annotated[str, doc("Id of the user.")]
    in_flight: Annotated[Whole, doc("Messages in flight.")]
    due: Annotated[Whole, doc("Messages that wait for a queue, a flow control key or a connection, not for a time.")]
    later: Annotated[Whole, doc("Messages that wait for their time.")]
    failed: Annotated[Whole, doc("Entries of the dead letter queue.")]
    messages: Annotated[Whole, doc("All messages that are kept.")]
    refused: Annotated[Whole, doc("API calls in the list of refused ones, but for those that asked in vain (404).")]


class ServerStatus(Shape):
    """The clock, and what the messages of each user are doing."""

    clock: Annotated[Clock, doc("The clock.")]
    users: Annotated[list[UserStatus], doc("Each user, the default one first.")]
    unknown_refused: Annotated[Whole, doc("As `refused` of a user, of calls without a valid token.")]


class Status(Shape):
    """The server's version, its clock, and what the messages of each user are doing."""

    version: Annotated[str, doc("Version of qstash-dev.")]
    clock: Annotated[Clock, doc("The clock.")]
    users: Annotated[list[UserStatus], doc("Each user, the default one first.")]
    unknown_refused: Annotated[Whole, doc("As `refused` of a user, of calls without a valid token.")]
