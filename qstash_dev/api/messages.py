"""Reading and cancelling messages (QStash docs, API messages)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.bulk import bulk_query
from qstash_dev.api.call import Call, reply
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import MESSAGE_PARAMETERS, message_filter
from qstash_dev.state.message import Message, State

_CANCELLED = (State.CANCEL_REQUESTED, State.CANCELED)


async def get(call: Call) -> web.Response:
    """``GET /v2/messages/{id}``: also of a finished message, for as long as it is kept."""
    message = call.tenant.messages.get(call.path("id"))
    if message is None or message.state in _CANCELLED:
        raise errors.MESSAGE_NOT_FOUND(id=call.path("id")[:200])
    return reply(wire.message(message))


async def cancel(call: Call) -> web.Response:
    """``DELETE /v2/messages/{id}``: the JavaScript SDK reads the number."""
    message = call.tenant.messages.get(call.path("id"))
    if message is None or message.ended:
        raise errors.MESSAGE_NOT_FOUND(id=call.path("id")[:200])
    return reply({"cancelled": int(call.broker.cancellation.cancel(message, call.now_ms))})


async def cancel_many(call: Call) -> web.Response:
    """``DELETE /v2/messages``: by ids or filters, in the query or in a JSON body; without any, everything.

    ``count`` is accepted and limits nothing: the JavaScript SDK sends 100 and promises that one call cancels all.
    """
    query, ids = await bulk_query(call, MESSAGE_PARAMETERS, "messageIds")
    if ids is not None:
        known = call.tenant.messages
        chosen = [known[id] for id in dict.fromkeys(ids) if id in known]
    else:
        matches = message_filter(query)
        chosen = [message for message in _live(call) if matches(message, message.created_ms)]
    return reply({"cancelled": call.broker.cancellation.cancel_all(chosen, call.now_ms)})


def _live(call: Call) -> list[Message]:
    return [message for message in call.tenant.messages.values() if not message.ended]
