"""Queues with what stands in them (``/_dev/queues``)."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import Annotated, Positive, Shape, TimeMs, Whole, doc


class QueueDetail(Shape):
    """A queue with what stands in it."""

    name: Annotated[str, doc("Its name.")]
    parallelism: Annotated[Positive, doc("How many of its messages may be delivered at the same time.")]
    created_at: Annotated[TimeMs, doc("When it was created, unix milliseconds.")]
    updated_at: Annotated[TimeMs, doc("When it was changed last, unix milliseconds.")]
    lag: Annotated[Whole, doc("Messages that wait or are being delivered.")]
    paused: Annotated[bool, doc("It delivers nothing.")]
    waiting: Annotated[Whole, doc("Messages that are due and wait in it.")]
    in_use: Annotated[Whole, doc("How much of its parallelism is taken, also by messages that wait for a retry.")]
