"""The settings that an application needs, and the options with which the server was started (``GET /_dev/setup``)."""

from __future__ import annotations

from aiohttp import web
from msgspec.structs import asdict

from qstash_dev.api.dev.mappings import shown_mapping
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import own_url, reply
from qstash_dev.api.shapes.dev_setup import PlanQuota, ServerLimits, ServerModes, Setup, UserSetup
from qstash_dev.config import Config
from qstash_dev.state.tenant import Tenant
from qstash_dev.version import __version__


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/setup``: the users with their tokens and environments, limits, start options and mappings."""
    url = own_url(request.http)
    config = request.services.config
    setup = Setup(
        version=__version__,
        url=url,
        openapi=f"{url}/openapi.json",
        users=[_user(tenant, url) for tenant in request.services.broker.tenants.all()],
        quota=PlanQuota(**asdict(config.quota)),
        limits=_limits(config),
        modes=_modes(config),
        mappings=[shown_mapping(mapping) for mapping in request.services.mappings.all],
    )
    return reply(setup)


def _user(tenant: Tenant, url: str) -> UserSetup:
    user = tenant.user
    return UserSetup(user.id, user.token, user.read_only_token, tenant.environment(url))


def _limits(config: Config) -> ServerLimits:
    retention = config.retention
    return ServerLimits(
        events=retention.events,
        finished_messages=retention.finished_messages,
        dead_letters=retention.dead_letters,
        runs=retention.runs,
        max_bytes=retention.max_bytes,
        max_pending_bytes=config.max_pending_bytes,
        max_batch_bytes=config.max_batch_bytes,
        max_incoming_bytes=config.max_incoming_bytes,
        max_run_entries=config.max_run_entries,
        max_in_flight=config.max_in_flight,
        verify_tls=config.verify_tls,
    )


def _modes(config: Config) -> ServerModes:
    """What was chosen when the server was started, besides limits and the clock."""
    return ServerModes(
        host=config.host,
        log_port=config.log_port,
        allow_hosts=list(config.allow_hosts),
        allow_origins=list(config.allow_origins),
        gate=config.gate,
        own_certificates=config.ca_file is not None,
        lazy_fetch_bytes=config.lazy_fetch_bytes,
    )
