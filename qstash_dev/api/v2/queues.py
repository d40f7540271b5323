"""Queues (https://upstash.com/docs/qstash/features/queues)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.request import ApiRequest, checked_name, json_object, reply, reply_list
from qstash_dev.api.v2 import bulk, serializers
from qstash_dev.protocol import errors
from qstash_dev.state.queue import Queue


async def upsert(request: ApiRequest) -> web.Response:
    """``POST /v2/queues``: a field that is left out keeps its value."""
    body = await json_object(request)
    name = checked_name(body.get("queueName"), "queueName")
    parallelism, paused = body.get("parallelism"), body.get("paused")
    if parallelism is not None and (type(parallelism) is not int or parallelism < 1):
        raise errors.INVALID_FIELD(field="parallelism", reason="use a whole number above zero")
    if paused is not None and not isinstance(paused, bool):
        raise errors.INVALID_FIELD(("true", "false"), field="paused")
    request.broker.queues.upsert(request.tenant, name, parallelism, paused, request.now_ms)
    return web.Response()


async def list_all(request: ApiRequest) -> web.Response:
    """``GET /v2/queues``."""
    return await reply_list(request.tenant.queues.values(), serializers.queue)


async def get(request: ApiRequest) -> web.Response:
    """``GET /v2/queues/{name}``."""
    return reply(serializers.queue(_named(request)))


async def delete(request: ApiRequest) -> web.Response:
    """``DELETE /v2/queues/{name}``: also of a queue that does not exist."""
    queue = request.broker.queues.delete(request.tenant, checked_name(request.path("name"), "queue name", "name"))
    if queue is not None:
        await bulk.cancel(
            request, await bulk.chosen(request, lambda one: one.place is not None and one.place.queue is queue)
        )
    return web.Response()


async def pause(request: ApiRequest) -> web.Response:
    """``POST /v2/queues/{name}/pause``."""
    request.broker.queues.pause(_named(request), True, request.now_ms)
    return web.Response()


async def resume(request: ApiRequest) -> web.Response:
    """``POST /v2/queues/{name}/resume``."""
    request.broker.queues.pause(_named(request), False, request.now_ms)
    return web.Response()


def _named(request: ApiRequest) -> Queue:
    return request.named(request.tenant.queues, "queue name", errors.QUEUE_NOT_FOUND)
