"""Inboxes: destinations inside the server, and what they caught."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

from aiohttp import web

from qstash_dev.api.dev.inbox_requests import Window, shown_whole, summary, window_of
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.script_threads import in_daemon_thread
from qstash_dev.api.request import checked_name, read_body, reply
from qstash_dev.dev.arguments import timeout_of, whole_of
from qstash_dev.dev.inboxes import Captured, Inbox, wait_for
from qstash_dev.protocol import errors
from qstash_dev.protocol.headers import canonical_name
from qstash_dev.protocol.script import Answer, WrongAnswer, parse_answer, parse_script, shown_answer
from qstash_dev.protocol.target import target_of
from qstash_dev.protocol.verification import check_signature
from qstash_dev.state.tenant import Tenant

MAX_SCRIPT = 10_000
_PREFIX = "/_dev/inbox/"
# Two 16-bit numbers on Windows, two ints elsewhere: switched on, for no seconds.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


async def receive(request: DevRequest) -> web.StreamResponse:
    """Any request to ``/_dev/inbox/{name}`` and below: keep it, and answer as the script says."""
    http = request.http
    inbox = _named(request)
    body = await read_body(http, request.services.config.retention.inbox_bytes)
    headers = tuple((canonical_name(name), value) for name, value in http.headers.items())
    claims, fault = _check(request, http.headers.get("Upstash-Message-Id", ""), body)
    target = _below(http.raw_path)
    captured = Captured(request.control.clock.now_ms(), http.method, target, headers, body, fault, claims)
    answer = inbox.capture(captured)
    request.control.inboxes.make_room()
    if answer.make is not None:
        answer = await _made(inbox, answer.make, captured)
    return await _answer(http, answer)


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/inboxes``."""
    return reply([summary(inbox) for inbox in request.control.inboxes.all.values()])


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/inboxes/{name}``: what it caught, oldest first.

    ``after`` and ``before`` are numbers of requests between which one looks, ``last`` is how many at most, the
    latest of them; ``trimBody`` is how many bytes of each body are shown.
    """
    window = window_of(request)
    return reply(shown_whole(_known(request), window))


async def get_script(request: DevRequest) -> web.Response:
    """``GET /_dev/inboxes/{name}/script``: what it answers from now on."""
    return reply({"script": [shown_answer(answer) for answer in _known(request).script]})


async def script(request: DevRequest) -> web.Response:
    """``PUT /_dev/inboxes/{name}/script``: what it answers; the last entry repeats."""
    entries = (await request.fields("script", limit=request.services.config.retention.inbox_bytes)).get("script")
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
    request.control.inboxes.make_room()
    return reply(summary(inbox))


async def wait(request: DevRequest) -> web.Response:
    """``POST /_dev/inboxes/{name}/wait``: until it has caught ``count`` requests; 409 if it does not in time."""
    fields = await request.fields("count", "timeout")
    count = whole_of(fields, "count", 1, 1, _most_requests(request))
    timeout_s = timeout_of(fields, request.services.config.limits)
    inbox = _named(request)
    try:
        await wait_for(inbox, count, timeout_s)
    except TimeoutError as error:
        raise errors.TRAVEL_FAILED(reason=error) from None
    return reply(shown_whole(inbox, Window()))


async def delete(request: DevRequest) -> web.Response:
    """``DELETE /_dev/inboxes/{name}``: forget what it caught and its script."""
    inbox = _known(request)
    inbox.clear()
    return reply(summary(inbox))


async def forget(request: DevRequest) -> web.Response:
    """``DELETE /_dev/inboxes/{name}/requests``: forget what it caught; the script goes on."""
    inbox = _known(request)
    inbox.forget()
    return reply(summary(inbox))


def _below(raw_path: str) -> str:
    """Path and query below the inbox, as they came."""
    rest = raw_path.removeprefix(_PREFIX)
    start = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    return rest[start:]


def _most_requests(request: DevRequest) -> int:
    return request.services.config.retention.inbox_requests


def _named(request: DevRequest) -> Inbox:
    name = checked_name(request.path("name"), "name")
    try:
        return request.control.inboxes.named(name)
    except ValueError as error:
        raise errors.INVALID_FIELD(field="name", reason=str(error)) from None


def _known(request: DevRequest) -> Inbox:
    inbox = request.control.inboxes.all.get(request.path("name"))
    if inbox is None:
        raise errors.INBOX_NOT_FOUND(name=request.path("name")[:100])
    return inbox


def _check(request: DevRequest, message_id: str, body: bytes) -> tuple[dict[str, Any], str | None]:
    """The claims and what is wrong with the signature: held against the message, if it is one of ours."""
    tenants = request.services.broker.tenants.all()
    owner: Tenant | None = next((one for one in tenants if message_id in one.messages), None)
    keys = [key for one in ([owner] if owner else tenants) for key in (one.keys.current, one.keys.next)]
    url = owner.messages[message_id].url if owner else f"http://{request.http.host}{request.http.raw_path}"
    return check_signature(request.http.headers.get("Upstash-Signature", ""), keys, target_of(url).subject, body)


async def _made(inbox: Inbox, make: Callable[[Captured], Any], captured: Captured) -> Answer:
    """What a function of the script answers; if it fails, 500 with its error, which is remembered."""
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
    # A browser that is led here must not take an answer, which says what somebody published, for a page of this
    # server. A policy is added to those of the script, and all of them hold.
    response.headers.add("Content-Security-Policy", "sandbox")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _reset(transport: asyncio.Transport | None) -> None:
    """Drop the connection with a RST, which takes a socket that does not linger."""
    if transport is None:
        return
    if (raw := transport.get_extra_info("socket")) is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
