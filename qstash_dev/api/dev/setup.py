"""The settings that an application needs, and the options with which the server was started (``GET /_dev/setup``)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.dev.mappings import shown_mapping
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import filled, own_url, reply
from qstash_dev.api.shapes.dev_setup import PlanQuota, ServerLimits, ServerModes, Setup, UserSetup
from qstash_dev.version import __version__


async def get(request: DevRequest) -> web.Response:
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
