"""``GET /_dev/status``: what the console's header shows."""

from __future__ import annotations

from aiohttp import web

from qstash_dev import __version__
from qstash_dev.api.call import reply
from qstash_dev.api.dev.call import DevCall
from qstash_dev.api.dev.clock import told
from qstash_dev.api.wire import Json
from qstash_dev.control import Control
from qstash_dev.state.census import census
from qstash_dev.state.tenant import Tenant


async def get(call: DevCall) -> web.Response:
    """``GET /_dev/status``: the clock, and what each user's messages are doing."""
    return reply({"version": __version__, **status(call.control, call.services.broker.tenants.all())})


def status(control: Control, tenants: list[Tenant]) -> Json:
    """The clock, and for each user how many messages are where."""
    return {"clock": told(control.clock), "users": [_user(tenant) for tenant in tenants]}


def _user(tenant: Tenant) -> Json:
    count = census(tenant)
    return {
        "name": tenant.user.id,
        "inFlight": count.in_flight,
        "due": count.due,
        "later": count.later,
        "failed": count.dead,
        "messages": count.kept,
    }
