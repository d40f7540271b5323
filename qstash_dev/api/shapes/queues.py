"""Queues (https://upstash.com/docs/qstash/features/queues)."""

from __future__ import annotations

from qstash_dev.api.shapes.dev_verdicts import Verdict
from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Name, OpenShape, Positive, Shape, TimeMs, Whole, doc


class Queue(Shape):
    """A queue. All of its fields are always there: the Python SDK reads them without asking."""

    name: Annotated[Name, doc("Name of the queue.")]
    parallelism: Annotated[Positive, doc("How many of its messages are delivered at once.")]
    created_at: Annotated[TimeMs, doc("When it was made, unix milliseconds.")]
    updated_at: Annotated[TimeMs, doc("When it was changed, unix milliseconds.")]
    lag: Annotated[Whole, doc("Messages that wait or are being delivered.")]
    paused: Annotated[bool, doc("Whether its messages are held back.")]


class QueueChange(OpenShape):
    """What a queue is to be; a field that is left out keeps its value."""

    queue_name: Annotated[Name, doc("Name of the queue.")]
    parallelism: Maybe[Annotated[Positive, doc("How many of its messages are delivered at once.")]] = UNSET
    paused: Maybe[Annotated[bool, doc("Whether its messages are held back.")]] = UNSET


class QueueDetail(Queue):
    """A queue with what stands in it."""

    verdict: Annotated[Verdict, doc("Whether it delivers, and who is in the way.")]
    waiting: Annotated[Whole, doc("Messages that are due and wait in it.")]
    in_use: Annotated[Whole, doc("How much of its parallelism is taken, also by messages that wait for a retry.")]
