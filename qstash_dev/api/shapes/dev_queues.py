"""Queues with what stands in them (``/_dev/queues``)."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import Annotated, Whole, doc
from qstash_dev.api.shapes.queues import Queue


class QueueDetail(Queue):
    """A queue with what stands in it."""

    waiting: Annotated[Whole, doc("Messages that are due and wait in it.")]
    in_use: Annotated[Whole, doc("How much of its parallelism is taken, also by messages that wait for a retry.")]
