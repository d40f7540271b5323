"""Removal of all data of a user."""

from __future__ import annotations

from collections.abc import Iterator

from qstash_dev.broker.deferred_work import DeferredWork
from qstash_dev.broker.timers import Timers
from qstash_dev.state.tenant import Discarded, Tenant


def reset(timers: Timers, deferred_work: DeferredWork, tenant: Tenant) -> Iterator[None]:
    """Remove all data of a user. The caller has aborted the attempts in flight.

    The data is removed at once. The iterator that is returned cancels timers and frees memory, a little at each step.
    Until it ends, no timer may fire and no delivery may start.
    """
    messages, schedules = tenant.messages, tenant.schedules
    waiters, flow_controls = tenant.runs.waiters, tenant.flow_controls
    discarded = tenant.clear()

    def steps() -> Iterator[None]:
        for message in messages.values():
            timers.cancel(message.timer)
            message.timer = 0
            if message.wait_list is not None:
                message.wait_list.leave(message)
            yield
        for schedule in schedules.values():
            timers.cancel(schedule.timer)
            yield
        for waiting in waiters.values():
            for waiter in waiting:
                timers.cancel(waiter.timer)
                yield
        for flow_control in flow_controls.values():
            timers.cancel(flow_control.timer)
            deferred_work.drop(flow_control)
            yield
        while timers.sweep(1):
            yield
        yield from free(discarded)

    return steps()


def free(discarded: Discarded) -> Iterator[None]:
    """Empty large collections, one item at each step, because freeing a million items at once takes long."""
    for collection in discarded:
        while collection:
            if isinstance(collection, dict):
                collection.popitem()
            else:
                collection.pop()
            yield
