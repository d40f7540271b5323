"""Messages, schedules and whole users: deliver now, trigger, replay, start over."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest, travel_failed
from qstash_dev.api.request import MAX_CONTROL_BODY, header_pairs, reply
from qstash_dev.dev.arguments import instant_ms_of
from qstash_dev.dev.pending import why
from qstash_dev.dev.time_travel import NotIdle
from qstash_dev.protocol import errors


async def reset(request: DevRequest) -> web.Response:
    """``POST /_dev/reset``: one ``user``, or all of them with inboxes, faults and mappings.

    The clock stays unless ``clock`` says ``real``, or the time at which it is to stand still.
    """
    fields = await request.fields("user", "clock")
    name, clock = _user(request, fields), fields.get("clock")
    if clock is None:
        await request.control.reset(None if name is None else [request.tenant(name)])
    elif name is None:
        await _start_over(request, None if clock == "real" else instant_ms_of(fields, "clock"))
    else:
        raise errors.INVALID_FIELD(field="clock", reason="it belongs to all users: leave user out, or clock")
    return reply({"reset": "all" if name is None else name})


def _user(request: DevRequest, fields: dict[str, Any]) -> Any:
    """The user named in the body, or in the query as everywhere else: not to see one would reset them all."""
    in_query = request.http.query.get("user")
    in_body = fields.get("user")
    if in_query is not None and in_body is not None and in_query != in_body:
        raise errors.INVALID_FIELD(field="user", reason="the query names another one: name one user")
    return in_query if in_body is None else in_body


async def _start_over(request: DevRequest, at_ms: int | None) -> None:
    try:
        await request.control.start_over(at_ms, request.services.config.limits.wait_s)
    except NotIdle as error:
        raise travel_failed(error) from None


async def deliver(request: DevRequest) -> web.Response:
    """``POST /_dev/messages/{id}/deliver``: what waits for its delay or its retry is due now."""
    message = request.message()
    if not request.control.deliver_now(message):
        reason = f"it is {message.state}" if message.ended else why(message, request.control.clock.now_ms()).waits_for
        raise errors.NOT_WAITING(id=message.id, reason=reason)
    return reply({"messageId": message.id})


async def cancel(request: DevRequest) -> web.Response:
    """``POST /_dev/messages/{id}/cancel``: whoever published it unless ``?user=`` says."""
    message = request.message()
    if not request.control.cancel(message):
        raise errors.CANNOT_CANCEL(id=message.id, state=message.state.value)
    return reply({"messageId": message.id})


async def replay(request: DevRequest) -> web.Response:
    """``POST /_dev/messages/{id}/replay``: once more, with another body or other headers if given."""
    limit = MAX_CONTROL_BODY + 2 * request.services.config.quota.max_message_bytes
    fields = await request.fields("body", "bodyBase64", "headers", limit=limit)
    message = request.control.replay(request.message(), _body(fields), header_pairs(fields.get("headers")))
    return reply({"messageId": message.id}, 201)


async def trigger(request: DevRequest) -> web.Response:
    """``POST /_dev/schedules/{id}/trigger``: fire a schedule of ``?user=`` now, even if it is paused."""
    messages = request.control.trigger(request.tenant(), request.schedule())
    return reply({"messageIds": [message.id for message in messages]}, 201)


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
