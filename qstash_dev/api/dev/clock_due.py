"""Due times, soonest first (``GET /_dev/clock/due``)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from qstash_dev.api.dev.body_excerpts import number_in_query
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import reply
from qstash_dev.api.shapes.dev_clock import Due, DueItem
from qstash_dev.dev.instants import iso
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.message import Message
from qstash_dev.state.run import Waiter
from qstash_dev.state.tenant import Tenant

MAX_COUNT = 100


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/clock/due``: what is due, soonest first; ``POST /_dev/clock/next`` stops at the first."""
    wanted = min(number_in_query(request, "count", MAX_COUNT), MAX_COUNT)
    tenants, timers = request.services.broker.tenants.all(), request.services.broker.timers
    shown = [DueItem(due_ms, iso(due_ms), **_shown(item, tenants)) for due_ms, item in timers.soonest(wanted)]
    return reply(Due(request.now_ms, shown, len(timers)))


def _shown(item: Any, tenants: list[Tenant]) -> dict[str, Any]:
    """The fields of a :class:`DueItem` but for its time."""
    if isinstance(item, Message):
        return _message(item)
    if isinstance(item, Waiter):
        run = item.run
        return {"kind": "event", "user": run.tenant.user.id, "workflow_run_id": run.id, "event_id": item.event_id}
    if isinstance(item, FlowControl):
        return _flow_control(item, tenants)
    tenant, schedule = item
    destination = schedule.publication.destination
    return {"kind": "schedule", "user": tenant.user.id, "schedule_id": schedule.id, "url": destination}


def _message(message: Message) -> dict[str, Any]:
    kind = "retry" if message.retried else "message"
    return {"kind": kind, "user": message.tenant.user.id, "message_id": message.id, "url": message.url}


def _flow_control(item: FlowControl, tenants: list[Tenant]) -> dict[str, Any]:
    owner = next((tenant.user.id for tenant in tenants if tenant.flow_controls.get(item.key) is item), "")
    return {"kind": "flowControl", "user": owner, "flow_control_key": item.key}
