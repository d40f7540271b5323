"""Queues as people look at them: what stands in them, and what they let through."""

from __future__ import annotations

from aiohttp import web
from msgspec import to_builtins

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import reply
from qstash_dev.api.v2 import serializers
from qstash_dev.api.v2.serializers import Json
from qstash_dev.state.queue import Queue


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/queues?user=``: in the order they were made."""
    return reply([_queue(queue) for queue in request.tenant().queues.values()])


def _queue(queue: Queue) -> Json:
    shown: Json = to_builtins(serializers.queue(queue))
    return shown | {"waiting": len(queue.waiting), "inUse": queue.in_use}
