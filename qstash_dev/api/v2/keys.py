"""Signing keys (QStash docs, API signingKeys). ``GET`` also is the JavaScript SDK's health check."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.request import ApiRequest, reply


async def get(request: ApiRequest) -> web.Response:
    """``GET /v2/keys``."""
    return _keys(request)


async def rotate(request: ApiRequest) -> web.Response:
    """``POST /v2/keys/rotate``: next becomes current, and a fresh key becomes next."""
    request.broker.keys.rotate(request.tenant)
    return _keys(request)


def _keys(request: ApiRequest) -> web.Response:
    return reply({"current": request.tenant.keys.current, "next": request.tenant.keys.next})
