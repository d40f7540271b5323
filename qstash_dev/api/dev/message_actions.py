"""Actions on a message or a user: deliver now, cancel, replay, reset (``/_dev/messages/{id}/…``,
``/_dev/reset``)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest, TravelFailed
from qstash_dev.api.request import MAX_CONTROL_BODY, header_pairs, reply
from qstash_dev.api.shapes.dev_messages import Replay, Reset, ResetDone
from qstash_dev.api.shapes.dev_parts import MessageId
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.dev.arguments import read, unix_ms
from qstash_dev.dev.cancel import cancel_message
from qstash_dev.dev.travel_errors import NotIdle
from qstash_dev.explain.why import why
from qstash_dev.protocol import errors


async def reset(request: DevRequest) -> web.Response:
    """``POST /_dev/reset``: forget everything of one ``user``, or of all with inboxes, faults and mappings.

    The clock goes on unless ``clock`` is given: ``real``, or the time at which it is to stand still.
    """
    given = await request.read(Reset)
    reset, name = request.services.reset, _user(request, None if given.user is UNSET else given.user)
    if given.clock is UNSET or given.clock is None:
        await (reset.all() if name is None else reset.users([request.tenant(name)]))
    elif name is None:
        await _start_over(request, given.clock)
    else:
        raise errors.INVALID_FIELD(field="clock", reason="it belongs to all users: leave user out, or clock")
    return reply(ResetDone("all" if name is None else name))


def _user(request: DevRequest, in_body: str | None) -> str | None:
    """The user that the body names, or the query as elsewhere: a name that is overlooked would reset all users."""
    in_query = request.http.query.get("user")
    if in_query is not None and in_body is not None and in_query != in_body:
        raise errors.INVALID_FIELD(field="user", reason="the query names another one: name one user")
    return in_query if in_body is None else in_body


async def _start_over(request: DevRequest, clock: object) -> None:
    try:
        at_ms = None if clock == "real" else unix_ms(clock)
        await request.services.reset.all_and_clock(at_ms, request.services.config.limits.wait_s)
    except NotIdle as error:
        raise TravelFailed(error) from None
    except ValueError as error:
        raise errors.INVALID_FIELD(field="clock", reason=str(error)) from None


async def deliver(request: DevRequest) -> web.Response:
    """``POST /_dev/messages/{id}/deliver``: let a message that waits for its delay or its retry be due now."""
    message = request.message()
    if not request.services.broker.admission.deliver_now(message, request.now_ms):
        reason = why(message, request.services.travel.calls.moment()).sentence
        raise errors.NOT_WAITING(id=message.id, reason=reason)
    return reply(MessageId(message.id))


async def cancel(request: DevRequest) -> web.Response:
    """``POST /_dev/messages/{id}/cancel``: cancel a message of any user, or of ``?user=``.

    One that is in flight is cancelled if its attempt fails, and with ``abort=true`` at once.
    """
    message, abort = request.message(), request.flag("abort")
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
    fields = await request.fields(limit)
    message, overrides = request.message(), header_pairs(fields.get("headers"))
    again = request.services.broker.dlq.replay(message, _body(read(fields, Replay)), overrides, request.now_ms)
    return reply(MessageId(again.id), 201)


def _body(given: Replay) -> bytes | None:
    if isinstance(given.body, str) and isinstance(given.body_base64, bytes):
        raise errors.INVALID_FIELD(field="bodyBase64", reason="give either body or bodyBase64")
    try:
        whole = given.body.encode() if isinstance(given.body, str) else given.body_base64
        return None if whole is UNSET else whole
    except UnicodeEncodeError:
        raise errors.INVALID_FIELD(field="body", reason="it is not valid UTF-8; use bodyBase64") from None
