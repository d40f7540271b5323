"""The sign of life of the server, its clock, and what the messages of each user are doing (``/health``,
``/_dev/status``)."""

from __future__ import annotations

from typing import Literal

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


class ServerStatus(Shape):
    """The clock, and what the messages of each user are doing."""

    clock: Annotated[Clock, doc("The clock.")]
    users: Annotated[list[UserStatus], doc("Each user, the default one first.")]


class Status(ServerStatus, kw_only=True):
    """The server's version, its clock, and what the messages of each user are doing."""

    version: Annotated[str, doc("Version of qstash-dev.")]


class Health(Shape):
    """The server answers."""

    status: Annotated[Literal["ok"], doc("That it does.")]
