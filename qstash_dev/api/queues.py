"""Queues (QStash docs, API queues)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from qstash_dev.api import bulk, wire
from qstash_dev.api.call import Call, checked_name, json_object, reply
from qstash_dev.protocol import errors
from qstash_dev.state.queue import Queue


async def upsert(call: Call) -> web.Response:
    """``POST /v2/queues``: a field that is left out keeps its value."""
    body = await json_object(call)
    name = checked_name(body.get("queueName"), "queueName")
    parallelism, paused = body.get("parallelism"), body.get("paused")
    if parallelism is not None and (not _is_whole(parallelism) or parallelism < 1):
        raise errors.INVALID_FIELD(field="parallelism", reason="use a whole number above zero")
    if paused is not None and not isinstance(paused, bool):
        raise errors.INVALID_FIELD(field="paused", reason="use true or false")
    call.broker.queues.upsert(call.tenant, name, parallelism, paused, call.now_ms)
    return web.Response()


async def list_all(call: Call) -> web.Response:
    """``GET /v2/queues``."""
    return reply([wire.queue(queue) for queue in call.tenant.queues.values()])


async def get(call: Call) -> web.Response:
    """``GET /v2/queues/{name}``."""
    return reply(wire.queue(_named(call)))


async def delete(call: Call) -> web.Response:
    """``DELETE /v2/queues/{name}``: also of a queue that does not exist."""
    queue = call.broker.queues.delete(call.tenant, checked_name(call.path("name"), "queue name"))
    if queue is not None:
        await bulk.cancel(
            call, await bulk.chosen(call, lambda one: one.place is not None and one.place.queue is queue)
        )
    return web.Response()


async def pause(call: Call) -> web.Response:
    """``POST /v2/queues/{name}/pause``."""
    call.broker.queues.pause(_named(call), True, call.now_ms)
    return web.Response()


async def resume(call: Call) -> web.Response:
    """``POST /v2/queues/{name}/resume``."""
    call.broker.queues.pause(_named(call), False, call.now_ms)
    return web.Response()


def _named(call: Call) -> Queue:
    name = checked_name(call.path("name"), "queue name")
    queue = call.tenant.queues.get(name)
    if queue is None:
        raise errors.QUEUE_NOT_FOUND(name=name)
    return queue


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
