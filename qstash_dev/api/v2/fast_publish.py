"""Answers plain publishes ahead of aiohttp, at a fraction of the cost.

A request passes if it is a ``POST /v2/publish/<URL>`` with a valid token in its header, a Content-Length and nothing
unusual. It then goes the way of every publish: the same parser, the same intake, the same answer. At the first
request of any other kind the connection is handed to aiohttp for good, with all that has come on it.

Programs publish with few distinct heads, so what a head means is remembered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from qstash_dev.api.guard import host_allowed
from qstash_dev.api.http.connections import Clients
from qstash_dev.api.http.head import Head, check_begun, read_head
from qstash_dev.api.http.limits import Incoming
from qstash_dev.api.http.reader import RequestReader
from qstash_dev.api.request import Services, encoded
from qstash_dev.api.shapes.error import Error
from qstash_dev.api.v2.publication import parsed
from qstash_dev.api.v2.submission import published
from qstash_dev.internal_errors import tell
from qstash_dev.protocol import errors
from qstash_dev.protocol.bounded_cache import BoundedCache
from qstash_dev.protocol.destination import is_url
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.state.tenant import Tenant

MAX_HEAD_BYTES = 8_192
_PATH = b"/v2/publish/"
_START = b"POST " + _PATH
_END = b"\r\n\r\n"
# Longer waits for the rest of a request are left to aiohttp's handler, which has the deadlines.
_PATIENCE_S = 5.0
# So many requests that came at once are answered in one pass of the loop.
_BURST = 64
# Whoever sends these wants more than a plain publish, or is a browser, which the guard looks at.
_UNUSUAL = frozenset(
    {"connection", "expect", "origin", "sec-fetch-site", "transfer-encoding", "upgrade", "upstash-workflow-runid"}
)

Connect = Callable[[], RequestReader]


class ParsedHead(NamedTuple):
    """What a head means; ``length`` is that of the body to follow."""

    tenant: Tenant
    destination: str
    options: DeliveryOptions
    length: int


class HeadCache:
    """Understands the heads of requests, for all connections of a server."""

    def __init__(self, services: Services) -> None:
        self._broker, self._clock, self._config = services.broker, services.clock, services.config
        most = services.config.limits.known_head_bytes
        self._known: BoundedCache[bytes, ParsedHead | None] = BoundedCache(self._understood, most, _weight)

    def __len__(self) -> int:
        return len(self._known)

    def forget(self) -> None:
        """Understand all heads anew."""
        self._known.clear()

    def plan(self, head: bytes) -> ParsedHead | None:
        """What this head means; ``None`` if it is not a plain publish, or something is wrong with it."""
        plan = self._known.get(head)
        if plan is None and (plan := self._understood(head)) is not None:
            self._known.keep(head, plan)
        return plan

    def _understood(self, raw: bytes) -> ParsedHead | None:
        if not raw.startswith(_START):
            return None
        try:
            head = read_head(raw)
            tenant = self._tenant(head.names.get("authorization", ""))
            # What is cheap comes first: whoever has no token makes us work as little as possible.
            if tenant is None or not self._is_plain(head):
                return None
            target = head.target[len(_PATH) :].decode("ascii")
            destination, options, fields = parsed(self._broker.tenants, tenant, target, head.headers)
        except (errors.Rejection, UnicodeDecodeError):
            return None
        if fields or not is_url(destination):
            return None
        return ParsedHead(tenant, destination, options, head.length or 0)

    def _is_plain(self, head: Head) -> bool:
        names, length = head.names, head.length
        if head.minor_version != b"1" or "content-length" not in names:
            return False
        if length is None or length > self._config.quota.max_message_bytes:
            return False
        return _UNUSUAL.isdisjoint(names) and host_allowed(names.get("host", ""), self._config)

    def _tenant(self, authorization: str) -> Tenant | None:
        scheme, _, token = authorization.partition(" ")
        return self._broker.tenants.by_token.get(token.strip()) if scheme.lower() == "bearer" else None

    def publish(self, plan: ParsedHead, body: bytes, caller_ip: str) -> bytes:
        """Do what the head and the body ask for, and return the answer."""
        broker, now_ms = self._broker, self._clock.now_ms()
        publication = Publication(plan.destination, body, plan.options, caller_ip)
        try:
            broker.publisher.check(plan.tenant, (publication,), now_ms)
            outcome = published(broker, plan.tenant, publication, now_ms)
        except errors.Rejection as rejection:
            return _answer(rejection.status, Error(rejection.text))
        return _answer(202 if outcome.known else 201, outcome.payload)


class FastPublish(asyncio.Protocol):
    """One connection, until a request comes that is not for the gate."""

    def __init__(self, heads: HeadCache, connect: Connect, incoming: Incoming, clients: Clients) -> None:
        self._heads = heads
        self._connect = connect
        self._incoming = incoming
        self._clients = clients
        self._transport: Any = None
        self._came = b""
        self._plan: ParsedHead | None = None
        self._head = b""
        self._body: list[bytes] = []
        self._missing = 0
        self._kept = 0
        self._patience_s = 0.0
        self._caller_ip = ""
        self._is_read = True
        self._held = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing has come that is not answered."""
        return not self._came and self._plan is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected. Loops have transports of their own kinds."""
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._caller_ip = peer[0] if isinstance(peer, tuple) else ""
        self._clients.add(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of one request, of a part of one or of several."""
        try:
            if self._plan is not None:
                data = self._more_of_body(self._plan, data)
            if data:
                self._read(self._came + data if self._came else data)
            if self._came or self._plan is not None or self._patience_s:
                self._account()
        except Exception as error:
            tell("reading a request", error)
            self._end(errors.INTERNAL(reason=repr(error)[:200]))

    def eof_received(self) -> bool:
        """The client sends nothing more: all that was whole is answered."""
        if self._came or self._plan is not None:
            protocol = self._hand_over(self._unanswered())
            return bool(protocol.eof_received())
        return False

    def pause_writing(self) -> None:
        """The client does not read its answers: it gets no more until it does."""
        self._is_read = False
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_read = True
        self._transport.resume_reading()
        self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        self._clients.discard(self)
        self._forget()

    def close(self) -> None:
        """End the connection when the client has read its answers."""
        self._transport.close()

    def abort(self) -> None:
        """End the connection now."""
        self._transport.abort()

    def _read(self, came: bytes) -> None:
        at = 0
        for _ in range(_BURST):
            end = came.find(_END, at, at + MAX_HEAD_BYTES)
            if end < 0 and self._may_go_on(came, at):
                break
            plan = self._heads.plan(came[at:end]) if end > at else None
            if plan is None:
                self._hand_over(came[at:])
                return
            start = end + len(_END)
            body = came[start : start + plan.length]
            if len(body) < plan.length:
                self._plan, self._missing, self._head = plan, plan.length - len(body), came[at:start]
                self._body = [body] if body else []
                at = len(came)
                break
            self._transport.write(self._heads.publish(plan, body, self._caller_ip))
            at = start + plan.length
            if at == len(came):
                break
        else:
            self._held = at < len(came)
            if self._held:
                self._transport.pause_reading()
                asyncio.get_running_loop().call_soon(self._go_on)
        self._came = came[at:]

    def _may_go_on(self, came: bytes, at: int) -> bool:
        """Whether this may become a request for the gate when more has come."""
        begun = len(came) - at
        if begun >= MAX_HEAD_BYTES or came[at : at + len(_START)] != _START[:begun]:
            return False
        try:
            check_begun(came[at:])
        except errors.Rejection:
            return False
        return True

    def _go_on(self) -> None:
        """What is left of what came at once, unless somebody else reads by now."""
        if self._held and self._is_read and self in self._clients and not self._transport.is_closing():
            came, self._came, self._held = self._came, b"", False
            self._transport.resume_reading()
            self.data_received(came)

    def _more_of_body(self, plan: ParsedHead, data: bytes) -> bytes:
        """Take what belongs to the body under way, and return the rest. Pieces are joined once: they may be large."""
        piece, rest = data[: self._missing], data[self._missing :]
        self._body.append(piece)
        self._missing -= len(piece)
        if not self._missing:
            body = b"".join(self._body)
            self._forget()
            self._transport.write(self._heads.publish(plan, body, self._caller_ip))
        return rest

    def _account(self) -> None:
        """Count what is kept of a request that is not whole, and be patient with it for a while."""
        incoming, plan = self._incoming, self._plan
        size = len(self._came) if plan is None else plan.length - self._missing
        if size > self._kept and not incoming.has_room(size - self._kept):
            self._hand_over(self._unanswered())
            return
        incoming.bytes += size - self._kept
        self._kept = size
        waits = plan is not None or size > 0
        if waits and not self._patience_s:
            config = incoming.config
            self._patience_s = min(_PATIENCE_S, config.head_timeout_s, config.body_timeout_s)
            incoming.deadlines.enter(self._patience_s, incoming.now_s(), self._has_waited)
        elif not waits:
            self._forget()

    def _has_waited(self) -> None:
        self._patience_s = 0.0
        self._hand_over(self._unanswered())

    def _unanswered(self) -> bytes:
        return self._came if self._plan is None else b"".join([self._head, *self._body])

    def _forget(self) -> None:
        """Keep nothing of a request that is answered or handed over."""
        self._came = self._head = b""
        self._plan, self._body, self._missing = None, [], 0
        self._incoming.bytes -= self._kept
        self._kept = 0
        if self._patience_s:
            self._incoming.deadlines.leave(self._patience_s, self._has_waited)
            self._patience_s = 0.0

    def _end(self, rejection: errors.Rejection) -> None:
        self._forget()
        self._transport.write(_answer(rejection.status, Error(rejection.text), b"Connection: close\r\n"))
        self._transport.close()

    def _hand_over(self, came: bytes) -> RequestReader:
        self._forget()
        protocol = self._connect()
        self._clients.replace(self, protocol)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(came)
        return protocol


def _weight(head: bytes) -> int:
    return 4 * len(head) + 2_000


def _answer(status: int, payload: Any, more: bytes = b"") -> bytes:
    body = encoded(payload)
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s" % (
        _status_line(status),
        len(body),
        more,
        body,
    )


@cache
def _status_line(status: int) -> bytes:
    return f"{status} {HTTPStatus(status).phrase}".encode("ascii")
