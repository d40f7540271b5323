"""Messages, schedules and whole users: deliver now, trigger, replay, start over."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from aiohttp import web

from qstash_dev.api.call import header_pairs, reply
from qstash_dev.api.dev.call import DevCall
from qstash_dev.protocol import errors


async def reset(call: DevCall) -> web.Response:
    """``POST /_dev/reset``: one ``user``, or all of them with inboxes, faults and mappings. The clock stays."""
    name = (await call.fields("user")).get("user")
    await call.control.reset(None if name is None else [call.tenant(name)])
    return reply({"reset": "all" if name is None else name})


async def deliver(call: DevCall) -> web.Response:
    """``POST /_dev/messages/{id}/deliver``: what waits for its delay or its retry is due now."""
    message = call.message()
    if not call.control.deliver_now(message):
        raise errors.NOT_WAITING(id=message.id, state=message.state.value)
    return reply({"messageId": message.id})


async def cancel(call: DevCall) -> web.Response:
    """``POST /_dev/messages/{id}/cancel``: whoever published it."""
    message = call.message()
    if not call.control.cancel(message):
        raise errors.CANNOT_CANCEL(id=message.id, state=message.state.value)
    return reply({"messageId": message.id})


async def replay(call: DevCall) -> web.Response:
    """``POST /_dev/messages/{id}/replay``: once more, with another body or other headers if given."""
    fields = await call.fields("body", "bodyBase64", "headers")
    message = call.control.replay(call.message(), _body(fields), header_pairs(fields.get("headers")))
    return reply({"messageId": message.id}, 201)


async def trigger(call: DevCall) -> web.Response:
    """``POST /_dev/schedules/{id}/trigger``: fire a schedule of ``?user=`` now, even if it is paused."""
    tenant = call.tenant()
    schedule = tenant.schedules.get(call.path("id"))
    if schedule is None:
        raise errors.SCHEDULE_NOT_FOUND(id=call.path("id")[:200])
    messages = call.control.trigger(tenant, schedule)
    return reply({"messageIds": [message.id for message in messages]}, 201)


def _body(fields: dict[str, Any]) -> bytes | None:
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
