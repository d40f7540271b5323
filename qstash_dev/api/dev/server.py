"""The server: settings and options (``GET /_dev/setup``), clock and counts of messages (``GET /_dev/status``)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.dev.clock import shown_clock
from qstash_dev.api.dev.mappings import shown_mapping
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import Services, filled, own_url, reply
from qstash_dev.api.shapes.dev_server import (
    PlanQuota,
    ServerLimits,
    ServerModes,
    ServerStatus,
    Setup,
    Status,
    UserSetup,
    UserStatus,
)
from qstash_dev.state.tenant import Tenant
from qstash_dev.version import __version__


async def get_setup(request: DevRequest) -> web.Response:
    """``GET /_dev/setup``: the users with their tokens and environments, limits, start options and mappings."""
    url, config, tenants = own_url(request.http), request.services.config, request.services.broker.tenants.all()
    setup = Setup(
        version=__version__,
        url=url,
        openapi=f"{url}/openapi.json",
        users=[filled(UserSetup, one.user, name=one.user.id, env=one.environment(url)) for one in tenants],
        quota=filled(PlanQuota, config.quota),
        limits=filled(ServerLimits, config.retention, config),
        modes=filled(ServerModes, config, own_certificates=config.ca_file is not None),
        mappings=[shown_mapping(mapping) for mapping in request.services.mappings.all],
    )
    return reply(setup)


async def get_status(request: DevRequest) -> web.Response:
    """``GET /_dev/status``: the clock, and how many messages of each user are where."""
    now = status(request.services)
    return reply(filled(Status, now, version=__version__))


def status(services: Services) -> ServerStatus:
    """The clock, and for each user how many messages are where."""
    tenants = services.broker.tenants
    users = [_user(tenant) for tenant in tenants.all()]
    return ServerStatus(shown_clock(services.clock, services.travel), users, tenants.unknown.calls)


def _user(tenant: Tenant) -> UserStatus:
    count = tenant.counts()
    refused = tenant.refusals.calls
    return filled(UserStatus, count, name=tenant.user.id, failed=count.dead, messages=count.kept, refused=refused)
