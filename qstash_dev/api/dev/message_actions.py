"""Actions on a message or a user: deliver now, cancel, replay, reset (``/_dev/messages/{id}/…``,
``/_dev/reset``)."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest, TravelFailed, flag
from qstash_dev.api.request import MAX_CONTROL_BODY, header_pairs, reply
from qstash_dev.api.shapes.dev_messages import ResetDone
from qstash_dev.api.shapes.dev_parts import MessageId
from qstash_dev.dev.arguments import instant_ms_of
from qstash_dev.dev.cancel import cancel_message
from qstash_dev.dev.pending import why
from qstash_dev.dev.travel_errors import NotIdle
from qstash_dev.protocol import errors


async def reset(request: DevRequest) -> web.Response:
    """``POST /_dev/reset``: forget everything of one ``user``, or of all with inboxes, faults and mappings.

    The clock goes on unless ``clock`` is given: ``real``, or the time at which it is to stand still.
    """
    fields = await request.fields("user", "clock")
    name, clock = _user(request, fields), fields.get("clock")
    if clock is None:
        reset = request.services.reset
        await (reset.all() if name is None else reset.users([request.tenant(name)]))
    elif name is None:
        await _start_over(request, None if clock == "real" else instant_ms_of(fields, "clock"))
    else:
        raise errors.INVALID_FIELD(field="clock", reason="it belongs to all users: leave user out, or clock")
    return reply(ResetDone("all" if name is None else name))


def _user(request: DevRequest, fields: dict[str, Any]) -> Any:
    """The user that the body names, or the query as elsewhere: a name that is overlooked would reset all users."""
    in_query = request.http.query.get("user")
    in_body = fields.get("user")
    if in_query is not None and in_body is not None and in_query != in_body:
        raise errors.INVALID_FIELD(field="user", reason="the query names another one: name one user")
    return in_query if in_body is None else in_body


async def _start_over(request: DevRequest, at_ms: int | None) -> None:
    try:
        await request.services.reset.all_and_clock(at_ms, request.services.config.limits.wait_s)
    except NotIdle as error:
        raise TravelFailed(error) from None


async def deliver(request: DevRequest) -> web.Response:
    """``POST /_dev/messages/{id}/deliver``: let a message that waits for its delay or its retry be due now."""
    message = request.message()
    if not request.services.broker.admission.deliver_now(message, request.now_ms):
        reason = f"it is {message.state}" if message.ended else why(message, request.now_ms).waits_for
        raise errors.NOT_WAITING(id=message.id, reason=reason)
    return reply(MessageId(message.id))


async def cancel(request: DevRequest) -> web.Response:
    """``POST /_dev/messages/{id}/cancel``: cancel a message of any user, or of ``?user=``.

    One that is in flight is cancelled if its attempt fails, and with ``abort=true`` at once.
    """
    message, abort = request.message(), flag(request.http.query, "abort")
    bulk, calls = request.services.broker.bulk_cancel, request.services.travel.calls
    if not cancel_message(bulk, calls, message, request.now_ms, abort=abort):
        raise errors.CANNOT_CANCEL(id=message.id, state=message.state.value)
    return reply(MessageId(message.id))


async def abort(request: DevRequest) -> web.Response:
    """``POST /_dev/messages/{id}/abort``: end the call of a message as a failed attempt, which retries follow."""
    message = request.message()
    if not request.services.travel.calls.abort([message]):
        raise errors.NOT_IN_FLIGHT(id=message.id, state=message.state.value)
    return reply(MessageId(message.id))


async def replay(request: DevRequest) -> web.Response:
    """``POST /_dev/messages/{id}/replay``: publish a message once more, with another body or headers if given."""
    limit = MAX_CONTROL_BODY + 2 * request.services.config.quota.max_message_bytes
    fields = await request.fields("body", "bodyBase64", "headers", limit=limit)
    message, body, overrides = request.message(), _body(fields), header_pairs(fields.get("headers"))
    again = request.services.broker.dlq.replay(message, body, overrides, request.now_ms)
    return reply(MessageId(again.id), 201)


def _body(fields: dict[str, Any]) -> bytes | None:
    if fields.get("body") is not None and fields.get("bodyBase64") is not None:
        raise errors.INVALID_FIELD(field="bodyBase64", reason="give either body or bodyBase64")
    for name in ("body", "bodyBase64"):
        if fields.get(name) is not None and not isinstance(fields[name], str):
            raise errors.INVALID_FIELD(field=name, reason="use a string")
    if fields.get("bodyBase64") is not None:
        try:
            return b64decode(fields["bodyBase64"], validate=True)
        except (binascii.Error, ValueError):
            raise errors.INVALID_FIELD(field="bodyBase64", reason="use base64") from None
    try:
        return fields["body"].encode() if fields.get("body") is not None else None
    except UnicodeEncodeError:
        raise errors.INVALID_FIELD(field="body", reason="it is not valid UTF-8; use bodyBase64") from None
