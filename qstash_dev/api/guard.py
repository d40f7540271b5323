"""Protection against web pages of other origins.

The tokens are public, so any page that a developer visits could otherwise use this server. A foreign ``Host`` means
DNS rebinding; a foreign ``Origin`` or ``Sec-Fetch-Site`` means a page of another origin. There are two exceptions:
the Upstash console, whose local mode calls ``/v2`` from the browser
(https://upstash.com/docs/qstash/howto/local-development), and origins that the developer has allowed.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Handler

from qstash_dev.api.request import SERVICES
from qstash_dev.config import Config
from qstash_dev.protocol import errors
from qstash_dev.protocol.origin import (
    ANY,
    host_name,
    parse_allowed_host,
    parse_origin,
    recommended_host,
    recommended_origin,
)

CONSOLE_ORIGIN = "https://console.upstash.com"
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_API = "/v2/"
_OWN_SITES = ("same-origin", "none")


def add_guard(app: web.Application) -> None:
    """Add CORS headers to all answers, streams included, for the origins that are allowed."""
    app.on_response_prepare.append(_add_cors_headers)


async def _add_cors_headers(request: web.Request, response: web.StreamResponse) -> None:
    origin = request.headers.get("Origin")
    if origin is None or not _is_allowed(origin, request):
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = "*"
    response.headers["Vary"] = "Origin"


@web.middleware
async def preflights(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers CORS preflight requests of origins that are allowed."""
    if request.method != "OPTIONS" or not _is_allowed(request.headers.get("Origin", ""), request):
        return await handler(request)
    response = web.Response(status=204)
    _allow_preflight(request, response)
    return response


@web.middleware
async def same_site_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses requests that web pages of other origins make a browser send.

    Raises Rejection: 403 for a foreign ``Host``, ``Origin`` or ``Sec-Fetch-Site``.
    """
    host = request.headers.get("Host", "")
    if host and not host_allowed(host, request.config_dict[SERVICES].config):
        raise errors.FOREIGN_HOST(host=host[:200], name=recommended_host(host) or "NAME")
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES and not _opens_console(request):
            raise errors.CROSS_SITE_WITHOUT_ORIGIN()
    elif not (host and origin.lower().partition("://")[2] == host.lower()) and not _is_allowed(origin, request):
        name = recommended_origin(origin)
        if name is None:
            raise errors.CROSS_SITE_NAMELESS(origin=origin[:200])
        raise errors.CROSS_SITE(origin=origin[:200], name=name)
    return await handler(request)


def host_allowed(host: str, config: Config) -> bool:
    """Whether a ``Host`` header names this machine, or a host that the developer has allowed.

    DNS rebinding needs a name, so an IP address is safe. It is allowed if the server listens on more than loopback.
    """
    name = host_name(host)
    allowed = _allowed_hosts(config.allow_hosts)
    if ANY in allowed or (name and name in allowed):
        return True
    if name == "localhost" or name.endswith(".localhost") or (config.host and name == config.host.lower()):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or _listens_beyond_loopback(config.host)


@lru_cache(maxsize=8)
def _allowed_hosts(hosts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(parse_allowed_host, hosts))


@lru_cache(maxsize=8)
def _allowed_origins(origins: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(parse_origin, origins))


def _listens_beyond_loopback(host: str | None) -> bool:
    if host is None or host == "localhost":
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


def _is_allowed(origin: str, request: web.Request) -> bool:
    """Whether pages of this origin, which is not the server's own, may call the path of the request."""
    if origin == CONSOLE_ORIGIN and request.path.startswith(_API):
        return True
    return origin.lower() in _allowed_origins(request.config_dict[SERVICES].config.allow_origins)


def _opens_console(request: web.Request) -> bool:
    """Whether the request follows a link to the console from another page, which can neither read nor frame it."""
    headers = request.headers
    return (
        request.method in ("GET", "HEAD")
        and request.path == "/"
        and headers.get("Sec-Fetch-Mode") == "navigate"
        and headers.get("Sec-Fetch-Dest") == "document"
    )


def _allow_preflight(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Access-Control-Allow-Methods"] = _METHODS
    wanted = request.headers.get("Access-Control-Request-Headers")
    response.headers["Access-Control-Allow-Headers"] = wanted or "Authorization, Content-Type"
    response.headers["Access-Control-Max-Age"] = "600"
    if request.headers.get("Access-Control-Request-Private-Network") == "true":
        response.headers["Access-Control-Allow-Private-Network"] = "true"
