"""Messages: reading and cancelling them (https://upstash.com/docs/qstash/features/background-jobs)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.request import ApiRequest, reply
from qstash_dev.api.shapes.messages import Cancelled
from qstash_dev.api.shapes.queries import MessageChoice
from qstash_dev.api.v2 import bulk, serializers
from qstash_dev.api.v2.bulk import bulk_query
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import message_filter
from qstash_dev.state.message import State

_CANCELLED = (State.CANCEL_REQUESTED, State.CANCELED)


async def get(request: ApiRequest) -> web.Response:
    """``GET /v2/messages/{id}``: also of a finished message, for as long as it is kept."""
    message = request.tenant.messages.get(request.path("id"))
    if message is None or message.state in _CANCELLED:
        raise errors.MESSAGE_NOT_FOUND(id=request.path("id")[:200])
    return reply(serializers.message(message))


async def cancel(request: ApiRequest) -> web.Response:
    """``DELETE /v2/messages/{id}``: the JavaScript SDK reads the number."""
    message = request.tenant.messages.get(request.path("id"))
    if message is None or message.ended:
        raise errors.MESSAGE_NOT_FOUND(id=request.path("id")[:200])
    return reply(Cancelled(request.broker.bulk_cancel.cancel([message], request.now_ms)))


async def cancel_many(request: ApiRequest) -> web.Response:
    """``DELETE /v2/messages``: by ids or filters, in the query or in a JSON body; without any, everything.

    ``count`` is accepted and limits nothing: the JavaScript SDK sends 100 and promises that one call cancels all.
    """
    query, ids = await bulk_query(request, MessageChoice, "messageIds")
    if ids is not None:
        known = request.tenant.messages
        chosen = [known[id] for id in dict.fromkeys(ids) if id in known]
    else:
        matches = message_filter(query)
        chosen = await bulk.chosen(request, lambda message: matches(message, message.created_ms))
    return reply(Cancelled(await bulk.cancel(request, chosen)))
