"""Signing keys (https://upstash.com/docs/qstash/howto/roll-signing-keys)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.request import ApiRequest, reply
from qstash_dev.api.shapes.keys import SigningKeys


async def get(request: ApiRequest) -> web.Response:
    """``GET /v2/keys``, which also is the JavaScript SDK's health check."""
    return _keys(request)


async def rotate(request: ApiRequest) -> web.Response:
    """``POST /v2/keys/rotate``: next becomes current, and a fresh key becomes next."""
    request.broker.keys.rotate(request.tenant)
    return _keys(request)


def _keys(request: ApiRequest) -> web.Response:
    keys = request.tenant.keys
    return reply(SigningKeys(current=keys.current, next=keys.next))
