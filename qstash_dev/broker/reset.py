"""Starts a user over."""

from __future__ import annotations

from qstash_dev.broker.timers import Timers
from qstash_dev.state.tenant import Tenant


def reset(timers: Timers, tenant: Tenant) -> None:
    """Forget everything of a user; what was already on the wire is the caller's to cut off.

    Nobody is let through a gate on the way: whoever waits behind it is forgotten as well.
    """
    for message in tenant.messages.values():
        timers.cancel(message.timer)
        message.timer = 0
        if message.line is not None:
            message.line.leave(message)
    for schedule in tenant.schedules.values():
        timers.cancel(schedule.timer)
    for waiting in tenant.runs.waiters.values():
        for waiter in waiting:
            timers.cancel(waiter.timer)
    for flow_control in tenant.flow_controls.values():
        timers.cancel(flow_control.timer)
    tenant.clear()
