"""Inboxes: destinations inside the server, and the requests that they caught (``/_dev/inbox``, ``/_dev/inboxes``)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable
from typing import Any

from aiohttp import web

from qstash_dev.api.dev.inbox_requests import Window, shown_answer, shown_whole, summary, window_of
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import checked_name, read_body, reply, reply_list
from qstash_dev.api.shapes.dev_inboxes import InboxWait, Script
from qstash_dev.dev.arguments import check_names
from qstash_dev.dev.inboxes import Captured, Inbox, wait_for
from qstash_dev.protocol import errors
from qstash_dev.protocol.claims import check_signature
from qstash_dev.protocol.headers import canonical_name
from qstash_dev.protocol.script import Answer, WrongAnswer, parse_answer, parse_script
from qstash_dev.protocol.target import target_of
from qstash_dev.state.tenant import Tenant

MAX_SCRIPT = 10_000
_PREFIX = "/_dev/inbox/"
# Two 16-bit numbers on Windows, two ints elsewhere: switched on, for no seconds.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


async def receive(request: DevRequest) -> web.StreamResponse:
    """Any request to ``/_dev/inbox/{name}`` and below: keep the request and answer by the inbox's script."""
    http = request.http
    inbox = _named(request)
    body = await read_body(http, request.services.config.retention.inbox_bytes)
    headers = tuple((canonical_name(name), value) for name, value in http.headers.items())
    claims, fault = _check(request, http.headers.get("Upstash-Message-Id", ""), body)
    target = _below(http.raw_path)
    captured = Captured(request.now_ms, http.method, target, headers, body, fault, claims)
    answer = inbox.capture(captured)
    request.services.inboxes.make_room()
    if answer.make is not None:
        answer = await _made(inbox, answer.make, captured)
    return await _answer(http, answer)


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/inboxes``: all inboxes, without the requests that they caught."""
    return await reply_list(request.services.inboxes.all.values(), summary)


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/inboxes/{name}``: the requests that an inbox caught, oldest first.

    ``after`` and ``before`` limit the numbers of the requests, ``last`` how many of the latest are shown, and
    ``trimBody`` how many bytes of each body.
    """
    window = window_of(request)
    return reply(shown_whole(_known(request), window))


async def get_script(request: DevRequest) -> web.Response:
    """``GET /_dev/inboxes/{name}/script``: the answers that an inbox gives from now on."""
    return reply(Script([shown_answer(answer) for answer in _known(request).script]))


async def script(request: DevRequest) -> web.Response:
    """``PUT /_dev/inboxes/{name}/script``: set the answers that an inbox gives; the last one repeats."""
    fields = await request.fields(request.services.config.retention.inbox_bytes)
    check_names(fields, ("script",))
    entries = fields.get("script")
    if not isinstance(entries, list) or not 0 < len(entries) <= MAX_SCRIPT:
        raise errors.INVALID_FIELD(field="script", reason=f"use an array of 1 to {MAX_SCRIPT} answers")
    try:
        answers = parse_script(entries)
    except WrongAnswer as error:
        raise errors.INVALID_FIELD(field=f"script[{error.index}]", reason=str(error)) from None
    inbox = _named(request)
    try:
        inbox.answer_with(answers)
    except ValueError as error:
        raise errors.INVALID_FIELD(field="script", reason=str(error)) from None
    request.services.inboxes.make_room()
    return reply(summary(inbox))


async def wait(request: DevRequest) -> web.Response:
    """``POST /_dev/inboxes/{name}/wait``: wait until an inbox has caught ``count`` requests; 409 when time is up."""
    given, most = await request.read(InboxWait), request.services.config.retention.inbox_requests
    if (count := given.count or 1) > most:
        raise errors.INVALID_FIELD(field="count", reason=f"use a whole number from 1 to {most}")
    inbox = _named(request)
    try:
        await wait_for(inbox, count, request.timeout_s(given))
    except TimeoutError as error:
        raise errors.TRAVEL_FAILED(reason=error) from None
    return reply(shown_whole(inbox, Window()))


async def delete(request: DevRequest) -> web.Response:
    """``DELETE /_dev/inboxes/{name}``: remove the requests and the script of an inbox."""
    inbox = _known(request)
    inbox.clear()
    return reply(summary(inbox))


async def forget(request: DevRequest) -> web.Response:
    """``DELETE /_dev/inboxes/{name}/requests``: remove the requests of an inbox; its script goes on."""
    inbox = _known(request)
    inbox.forget()
    return reply(summary(inbox))


def _below(raw_path: str) -> str:
    """Path and query below the inbox, as they came."""
    rest = raw_path.removeprefix(_PREFIX)
    start = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    return rest[start:]


def _named(request: DevRequest) -> Inbox:
    name = checked_name(request.path("name"), "name")
    try:
        return request.services.inboxes.named(name)
    except ValueError as error:
        raise errors.INVALID_FIELD(field="name", reason=str(error)) from None


def _known(request: DevRequest) -> Inbox:
    inbox = request.services.inboxes.all.get(request.path("name"))
    if inbox is None:
        raise errors.INBOX_NOT_FOUND(name=request.path("name")[:100])
    return inbox


def _check(request: DevRequest, message_id: str, body: bytes) -> tuple[dict[str, Any], str | None]:
    """The claims of the signature, and why it is not valid, ``None`` if it is.

    If the message is one of this server, the keys of its user and its URL are what the signature must fit.
    """
    tenants = request.services.broker.tenants.all()
    owner: Tenant | None = next((one for one in tenants if message_id in one.messages), None)
    keys = [key for one in ([owner] if owner else tenants) for key in (one.keys.current, one.keys.next)]
    url = owner.messages[message_id].url if owner else f"http://{request.http.host}{request.http.raw_path}"
    return check_signature(request.http.headers.get("Upstash-Signature", ""), keys, target_of(url).subject, body)


async def _made(inbox: Inbox, make: Callable[[Captured], Any], captured: Captured) -> Answer:
    """The answer that a function of the script makes; if the function fails, 500 with its error."""
    try:
        answer = parse_answer(await in_daemon_thread(make, captured))
        if answer.make is not None:
            raise TypeError("a function of a script may not return a function")
    except Exception as error:
        inbox.crashed(error)
        return Answer(500, repr(error).encode())
    return answer


async def _answer(request: web.Request, answer: Answer) -> web.StreamResponse:
    if answer.delay_ms:
        await asyncio.sleep(answer.delay_ms / 1_000)
    if answer.drop:
        _reset(request.transport)
        raise ConnectionResetError("the script drops this connection")
    response = web.Response(status=answer.status, body=answer.body)
    for name, value in answer.headers:
        if name.lower() == "content-type":
            response.headers[name] = value
        else:
            response.headers.add(name, value)
    # A browser must not take an answer, whose content comes from a publisher, for a page of this server. The policy
    # is added to those of the script, and a browser applies all of them.
    response.headers.add("Content-Security-Policy", "sandbox")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _reset(transport: asyncio.Transport | None) -> None:
    """Drop the connection with a TCP reset, which a socket sends that does not linger."""
    if transport is None:
        return
    if (raw := transport.get_extra_info("socket")) is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


class Crashed(Exception):
    """The function raised something that is no ``Exception``, as ``pytest.fail()`` and ``sys.exit()`` do."""


async def in_daemon_thread(function: Callable[[Any], Any], argument: Any) -> Any:
    """What the function returns or raises. A function that never ends does not keep the process alive, as it would in
    an executor.

    Raises Crashed: instead of exceptions that would end the loop.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[tuple[Any, BaseException | None]] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if not outcome.done():
            outcome.set_result((result, error))

    def call() -> None:
        result, error = None, None
        try:
            result = function(argument)
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):
            # The loop may be closed by now.
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=call, name="qstash-dev-script", daemon=True).start()
    result, error = await outcome
    if error is None:
        return result
    raise error if isinstance(error, Exception) else Crashed(f"{type(error).__name__}: {error}") from error
