"""Messages and workflow runs that have not ended, and what each waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from qstash_dev.broker.broker import Broker
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, Waiter
from qstash_dev.state.tenant import Tenant


class Pending(NamedTuple):
    """A message that has not ended, or a workflow run that waits for an event."""

    what: Message | Run
    waits_for: str  #: in words
    due_ms: int | None = None  #: unix time in milliseconds; ``None`` if it does not wait for a time

    def __str__(self) -> str:
        return f"{self.what.id} to {self.what.url}: {self.waits_for}"


def soonest(broker: Broker, in_flight: Iterable[Message], now_ms: int) -> Iterator[Pending]:
    """Every message that has not ended, and every run that waits for an event.

    First come those that do not wait for a time, then the others by their time. ``in_flight`` are the messages whose
    delivery has begun. It is lazy: to read only the first few takes no longer with more messages.
    """
    tenants = broker.tenants.all()
    lines = [queue.waiting for tenant in tenants for queue in tenant.queues.values() if queue.waiting]
    lines += [key.waiting for tenant in tenants for key in tenant.flow_controls.values() if key.waiting]
    for message in chain(in_flight, broker.admission.ready_messages(), *lines):
        yield why(message, now_ms)
    for _, item in broker.timers.in_order():
        if isinstance(item, Message):
            yield why(item, now_ms)
        elif isinstance(item, Waiter):
            yield _event(item, now_ms)


def count(tenants: Iterable[Tenant]) -> int:
    """The number of items of :func:`soonest`."""
    return sum(tenant.pending + tenant.runs.waiting for tenant in tenants)


def busy_count(tenants: Iterable[Tenant]) -> int:
    """The number of messages among them that do not wait for a time."""
    return sum(tenant.pending - tenant.later for tenant in tenants)


def why(message: Message, now_ms: int) -> Pending:
    """What a message that has not ended waits for."""
    if message.in_flight:
        return Pending(message, "the destination has not answered yet")
    if message.timer:
        seconds = max(0, message.due_ms - now_ms) / 1_000
        what = f"retry {message.retried}" if message.retried else "its delay"
        return Pending(message, f"{what}, due in {seconds:g} s", message.due_ms)
    queue = message.place.queue if message.place is not None else None
    if queue is not None and message.wait_list is queue.waiting:
        return Pending(message, f"queue {queue.name}" + (", which is paused" if queue.paused else ""))
    key = message.flow_control_key
    if key is not None and message.wait_list is message.tenant.flow_control(key).waiting:
        return Pending(message, f"flow control key {key}")
    return Pending(message, "a free connection")


def _event(waiter: Waiter, now_ms: int) -> Pending:
    seconds = max(0, waiter.deadline_ms - now_ms) / 1_000
    return Pending(waiter.run, f"event {waiter.event_id}, for {seconds:g} s at most", waiter.deadline_ms)
