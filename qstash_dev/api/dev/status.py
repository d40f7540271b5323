"""The clock, and how many messages of each user are where (``GET /_dev/status``)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.dev.clock import shown_clock
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import Services, reply
from qstash_dev.api.shapes.dev_status import ServerStatus, Status, UserStatus
from qstash_dev.state.counts import message_counts
from qstash_dev.state.tenant import Tenant
from qstash_dev.version import __version__


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/status``: the clock, and how many messages of each user are where."""
    now = status(request.services)
    return reply(Status(__version__, now.clock, now.users, now.unknown_refused))


def status(services: Services) -> ServerStatus:
    """The clock, and for each user how many messages are where."""
    tenants = services.broker.tenants
    users = [_user(tenant) for tenant in tenants.all()]
    return ServerStatus(shown_clock(services.clock), users, tenants.unknown.calls)


def _user(tenant: Tenant) -> UserStatus:
    count = message_counts(tenant)
    return UserStatus(
        name=tenant.user.id,
        in_flight=count.in_flight,
        due=count.due,
        later=count.later,
        failed=count.dead,
        messages=count.kept,
        refused=tenant.refusals.calls,
    )
