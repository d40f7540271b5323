"""``GET /_dev/setup``: what somebody needs to know to point an application at this server."""

from __future__ import annotations

from aiohttp import web
from msgspec.structs import asdict

from qstash_dev.api.dev.mappings import shown_mapping
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import own_url, reply
from qstash_dev.api.v2.serializers import Json
from qstash_dev.config import Config
from qstash_dev.state.tenant import Tenant
from qstash_dev.version import __version__


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/setup``: users with tokens and environment, limits, modes, mappings; the URL just called."""
    url = own_url(request.http)
    config = request.services.config
    return reply(
        {
            "version": __version__,
            "url": url,
            "openapi": f"{url}/openapi.json",
            "users": [_user(tenant, url) for tenant in request.services.broker.tenants.all()],
            "quota": asdict(config.quota),
            "limits": _limits(config),
            "modes": _modes(config),
            "mappings": [shown_mapping(mapping) for mapping in request.control.mappings.all],
        }
    )


def _user(tenant: Tenant, url: str) -> Json:
    user = tenant.user
    return {
        "name": user.id,
        "token": user.token,
        "readOnlyToken": user.read_only_token,
        "env": tenant.environment(url),
    }


def _limits(config: Config) -> Json:
    retention = config.retention
    return {
        "events": retention.events,
        "finishedMessages": retention.finished_messages,
        "deadLetters": retention.dead_letters,
        "runs": retention.runs,
        "maxBytes": retention.max_bytes,
        "maxPendingBytes": config.max_pending_bytes,
        "maxBatchBytes": config.max_batch_bytes,
        "maxIncomingBytes": config.max_incoming_bytes,
        "maxRunEntries": config.max_run_entries,
        "maxInFlight": config.max_in_flight,
        "verifyTls": config.verify_tls,
    }


def _modes(config: Config) -> Json:
    """What was chosen at start besides limits; the clock tells its own."""
    return {
        "host": config.host,
        "logPort": config.log_port,
        "allowHosts": list(config.allow_hosts),
        "allowOrigins": list(config.allow_origins),
        "gate": config.gate,
        "ownCertificates": config.ca_file is not None,
        "lazyFetchBytes": config.lazy_fetch_bytes,
    }
