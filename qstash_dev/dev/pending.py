"""Messages and workflow runs that have not ended, and what each waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from qstash_dev.broker.broker import Broker
from qstash_dev.explain.message import verdict
from qstash_dev.explain.moment import Moment
from qstash_dev.explain.run import event_verdict
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, Waiter
from qstash_dev.state.tenant import Tenant


class Pending(NamedTuple):
    """A message that has not ended, or a workflow run that waits for an event."""

    what: Message | Run
    waits_for: str  #: the sentence of its verdict
    due_ms: int | None = None  #: unix time in milliseconds; ``None`` if it does not wait for a time

    def __str__(self) -> str:
        return f"{self.what.id} to {self.what.url}: {self.waits_for}"


def soonest(broker: Broker, moment: Moment) -> Iterator[Pending]:
    """Every message that has not ended, and every run that waits for an event.

    First come those that do not wait for a time, then the others by their time. It is lazy: to read only the first
    few takes no longer with more messages.
    """
    tenants = broker.tenants.all()
    lines = [queue.waiting for tenant in tenants for queue in tenant.queues.values() if queue.waiting]
    lines += [key.waiting for tenant in tenants for key in tenant.flow_controls.values() if key.waiting]
    for message in chain(moment.running, broker.admission.ready_messages(), *lines):
        yield Pending(message, verdict(message, moment).sentence)
    for due_ms, item in broker.timers.in_order():
        if isinstance(item, Message):
            yield Pending(item, verdict(item, moment).sentence, due_ms)
        elif isinstance(item, Waiter):
            yield Pending(item.run, event_verdict(item, moment).sentence, due_ms)


def count(tenants: Iterable[Tenant]) -> int:
    """The number of items of :func:`soonest`."""
    return sum(tenant.pending + tenant.runs.waiting for tenant in tenants)


def busy_count(tenants: Iterable[Tenant]) -> int:
    """The number of messages among them that do not wait for a time."""
    return sum(tenant.pending - tenant.later for tenant in tenants)
