"""Starts a user over."""

from __future__ import annotations

from collections.abc import Iterator

from qstash_dev.broker.deferred_work import DeferredWork
from qstash_dev.broker.timers import Timers
from qstash_dev.state.tenant import Remains, Tenant


def reset(timers: Timers, deferred_work: DeferredWork, tenant: Tenant) -> Iterator[None]:
    """Forget everything of a user; what was already on the wire is the caller's to cut off, before.

    The user starts anew at once. What is returned takes back, a little at each step, what the things of before still
    wait for: until it has come to its end, nothing may fire or be called. Nobody is let through a gate on the way:
    whoever waits behind it is forgotten as well.
    """
    messages, schedules = tenant.messages, tenant.schedules
    waiters, flow_controls = tenant.runs.waiters, tenant.flow_controls
    remains = tenant.clear()

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
        yield from throw_away(remains)

    return steps()


def throw_away(remains: Remains) -> Iterator[None]:
    """Let go of what large collections hold, one thing at a step: to let go of a million at once takes long."""
    for collection in remains:
        while collection:
            if isinstance(collection, dict):
                collection.popitem()
            else:
                collection.pop()
            yield
