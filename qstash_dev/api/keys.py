"""Signing keys (QStash docs, API signingKeys). ``GET`` also is the JavaScript SDK's health check."""

from __future__ import annotations

from aiohttp import web

from qstash_dev import ids
from qstash_dev.api.call import Call, reply


async def get(call: Call) -> web.Response:
    """``GET /v2/keys``."""
    return _keys(call)


async def rotate(call: Call) -> web.Response:
    """``POST /v2/keys/rotate``: next becomes current, and a fresh key becomes next."""
    call.tenant.keys.rotate(ids.signing_key())
    return _keys(call)


def _keys(call: Call) -> web.Response:
    return reply({"current": call.tenant.keys.current, "next": call.tenant.keys.next})
