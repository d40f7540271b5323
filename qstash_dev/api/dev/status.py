"""``GET /_dev/status``: what the console's header shows."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.dev.clock import told
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import Services, reply
from qstash_dev.api.v2.serializers import Json
from qstash_dev.state.counts import message_counts
from qstash_dev.state.tenant import Tenant
from qstash_dev.version import __version__


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/status``: the clock, and what each user's messages are doing."""
    return reply({"version": __version__, **status(request.services)})


def status(services: Services) -> Json:
    """The clock, and for each user how many messages are where."""
    return {"clock": told(services.clock), "users": [_user(tenant) for tenant in services.broker.tenants.all()]}


def _user(tenant: Tenant) -> Json:
    count = message_counts(tenant)
    return {
        "name": tenant.user.id,
        "inFlight": count.in_flight,
        "due": count.due,
        "later": count.later,
        "failed": count.dead,
        "messages": count.kept,
    }
