"""Keeps web pages out: the tokens are public, so any page a developer visits could otherwise use this server.

A foreign ``Host`` means DNS rebinding; a foreign ``Origin`` or ``Sec-Fetch-Site`` a page of somebody else.
The one exception is the Upstash console, whose local mode calls this server from the browser.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Handler

from qstash_dev.api.call import SERVICES
from qstash_dev.config import Config
from qstash_dev.protocol import errors

CONSOLE_ORIGIN = "https://console.upstash.com"
_METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_API = "/v2/"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%\w]+\]|[^\s@/?#:\[\]]+)(?::\d*)?", re.ASCII)
_OWN_SITES = ("same-origin", "none")


@web.middleware
async def console_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets the Upstash console's local mode in: answers its preflights and marks its answers."""
    if request.headers.get("Origin") != CONSOLE_ORIGIN or not request.path.startswith(_API):
        return await handler(request)
    response = web.Response(status=204) if request.method == "OPTIONS" else await handler(request)
    response.headers["Access-Control-Allow-Origin"] = CONSOLE_ORIGIN
    response.headers["Access-Control-Expose-Headers"] = "*"
    response.headers["Vary"] = "Origin"
    if request.method == "OPTIONS":
        _allow_preflight(request, response)
    return response


@web.middleware
async def same_site_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses requests that a foreign web page makes a browser send.

    Raises:
        Rejection: 403.
    """
    host = request.headers.get("Host", "")
    if host and not host_allowed(host, request.config_dict[SERVICES].config):
        raise errors.FOREIGN_HOST(host=host[:200])
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES and not _follows_a_link(request):
            raise errors.CROSS_SITE(origin="unknown")
    elif not _origin_allowed(origin, host, request.path):
        raise errors.CROSS_SITE(origin=origin[:200])
    return await handler(request)


def host_allowed(host: str, config: Config) -> bool:
    """Whether a ``Host`` header names this machine, or what the user has allowed.

    An address instead of a name cannot be rebound, but only a server that listens beyond loopback has
    a reason to be called by one.
    """
    match = _HOST.fullmatch(host)
    name = match[1].strip("[]").lower() if match else ""
    if "*" in config.allow_hosts or name in {allowed.lower() for allowed in config.allow_hosts}:
        return True
    if name == "localhost" or name.endswith(".localhost") or (config.host and name == config.host.lower()):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or _listens_beyond_loopback(config.host)


def _listens_beyond_loopback(host: str | None) -> bool:
    if host is None or host == "localhost":
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


def _origin_allowed(origin: str, host: str, path: str) -> bool:
    if origin == CONSOLE_ORIGIN:
        return path.startswith(_API)
    return host != "" and origin.lower().partition("://")[2] == host.lower()


def _follows_a_link(request: web.Request) -> bool:
    """Whether somebody comes to the console from another page: that page can neither read nor frame it."""
    headers = request.headers
    return (
        request.method == "GET"
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
