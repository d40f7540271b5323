"""Queues with the number of messages that wait in them (``GET /_dev/queues``).

https://upstash.com/docs/qstash/features/queues
"""

from __future__ import annotations

from aiohttp import web
from msgspec.structs import asdict

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.verdicts import verdict_on
from qstash_dev.api.request import reply_list
from qstash_dev.api.shapes.queues import QueueDetail
from qstash_dev.api.v2 import serializers
from qstash_dev.explain.moment import Moment
from qstash_dev.state.queue import Queue


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/queues``: the queues of one user, the oldest first."""
    moment = request.services.travel.calls.moment()
    return await reply_list(request.tenant().queues.values(), lambda queue: _queue(queue, moment))


def _queue(queue: Queue, moment: Moment) -> QueueDetail:
    shown = asdict(serializers.queue(queue))
    return QueueDetail(**shown, verdict=verdict_on(queue, moment), waiting=len(queue.waiting), in_use=queue.in_use)
