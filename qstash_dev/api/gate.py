"""Answers plain publishes ahead of aiohttp, at a fraction of the cost.

A request passes if it is a ``POST /v2/publish/<URL>`` with a valid token in its header, a Content-Length and nothing
unusual. It then goes the way of every publish: the same parser, the same intake, the same answer. At the first
request of any other kind the connection is handed to aiohttp for good, with all that has come on it.

Programs publish with few distinct heads, so what a head means is remembered.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from qstash_dev.api.call import Services, encoded
from qstash_dev.api.guard import host_allowed
from qstash_dev.api.publish import parsed
from qstash_dev.api.submission import published
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import is_url
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.protocol.remembered import Remembered
from qstash_dev.state.tenant import Tenant

MAX_HEAD_BYTES = 8_192
_KNOWN_BYTES = 2_097_152
_START = b"POST /v2/publish/"
_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")
_REQUEST = re.compile(rb"POST /v2/publish/([\x21-\x7e]+) HTTP/1\.1")
# Whoever sends these wants more than a plain publish, or is a browser, which the guard looks at.
_UNUSUAL = frozenset(
    {"connection", "expect", "origin", "sec-fetch-site", "transfer-encoding", "upgrade", "upstash-workflow-runid"}
)
_ONCE = ("authorization", "content-length", "host")

Connect = Callable[[], asyncio.Protocol]


class Plan(NamedTuple):
    """What a head means; ``length`` is that of the body to follow."""

    tenant: Tenant
    destination: str
    options: DeliveryOptions
    length: int


class Heads:
    """Understands the heads of requests, for all connections of a server."""

    def __init__(self, services: Services) -> None:
        self._broker, self._clock, self._config = services.broker, services.clock, services.config
        self._known: Remembered[bytes, Plan | None] = Remembered(self._understood, _KNOWN_BYTES, _weight)

    def plan(self, head: bytes) -> Plan | None:
        """What this head means; ``None`` if it is not a plain publish, or something is wrong with it."""
        plan = self._known.get(head)
        if plan is None and (plan := self._understood(head)) is not None:
            self._known.keep(head, plan)
        return plan

    def _understood(self, head: bytes) -> Plan | None:
        first, *lines = head.split(b"\r\n")
        request = _REQUEST.fullmatch(first)
        headers = _headers(lines)
        if request is None or headers is None:
            return None
        given = {name.lower(): value for name, value in headers}
        tenant = self._tenant(given.get("authorization", ""))
        length = given.get("content-length", "")
        limit = self._config.quota.max_message_bytes
        if tenant is None or not (length.isdigit() and len(length) <= 9 and int(length) <= limit):
            return None
        if not host_allowed(given.get("host", ""), self._config):
            return None
        own = [pair for pair in headers if pair[0].lower() != "authorization"]
        try:
            destination, options, fields = parsed(tenant, request[1].decode("ascii"), own)
        except errors.Rejection:
            return None
        return Plan(tenant, destination, options, int(length)) if is_url(destination) and not fields else None

    def _tenant(self, authorization: str) -> Tenant | None:
        scheme, _, token = authorization.partition(" ")
        return self._broker.tenants.by_token.get(token.strip()) if scheme.lower() == "bearer" else None

    def publish(self, plan: Plan, body: bytes, caller_ip: str) -> bytes:
        """Do what the head and the body ask for, and return the answer."""
        broker, now_ms = self._broker, self._clock.now_ms()
        publication = Publication(plan.destination, body, plan.options, caller_ip)
        try:
            broker.intake.check(plan.tenant, (publication,), now_ms)
            outcome = published(broker, plan.tenant, publication, now_ms)
        except errors.Rejection as rejection:
            return _answer(rejection.status, {"error": rejection.text})
        return _answer(202 if outcome.known else 201, outcome.payload)


class Gate(asyncio.Protocol):
    """One connection, until a request comes that is not for the gate."""

    def __init__(self, heads: Heads, connect: Connect, connections: set[Gate]) -> None:
        self._heads = heads
        self._connect = connect
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._came = b""
        self._body: list[bytes] = []
        self._missing = 0
        self._caller_ip = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._caller_ip = peer[0] if isinstance(peer, tuple) else ""
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of one request, of a part of one or of several."""
        transport = self._transport
        assert transport is not None
        if self._missing:
            data = self._more_of_body(data)
        came = self._came + data if self._came else data
        while came:
            end = came.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
            if end < 0 and len(came) < MAX_HEAD_BYTES and came[: len(_START)] == _START[: len(came)]:
                break
            plan = self._heads.plan(came[:end]) if end > 0 else None
            if plan is None:
                self._hand_over(came)
                return
            body, came = came[end + 4 : end + 4 + plan.length], came[end + 4 + plan.length :]
            if len(body) < plan.length:
                self._plan, self._missing = plan, plan.length - len(body)
                self._body = [body] if body else []
                break
            transport.write(self._heads.publish(plan, body, self._caller_ip))
        self._came = came

    def pause_writing(self) -> None:
        """The client does not read its answers: it gets no more until it does."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        self._connections.discard(self)

    def close(self) -> None:
        """End the connection when the client has read its answers."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def _more_of_body(self, data: bytes) -> bytes:
        """Take what belongs to the body under way, and return the rest. Pieces are joined once: they may be large."""
        transport = self._transport
        assert transport is not None
        piece, rest = data[: self._missing], data[self._missing :]
        self._body.append(piece)
        self._missing -= len(piece)
        if not self._missing:
            body, self._body = b"".join(self._body), []
            transport.write(self._heads.publish(self._plan, body, self._caller_ip))
        return rest

    def _hand_over(self, came: bytes) -> None:
        transport = self._transport
        assert transport is not None
        self._connections.discard(self)
        protocol = self._connect()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(came)


def _weight(head: bytes) -> int:
    return 4 * len(head) + 2_000


def _headers(lines: list[bytes]) -> list[tuple[str, str]] | None:
    headers = []
    names: set[str] = set()
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            return None
        name = match[1].decode("ascii")
        lowered = name.lower()
        if lowered in _UNUSUAL or (lowered in names and lowered in _ONCE):
            return None
        names.add(lowered)
        headers.append((name, match[2].decode("utf-8", "surrogateescape")))
    return headers


def _answer(status: int, payload: Any) -> bytes:
    body = encoded(payload)
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        _status_line(status),
        len(body),
        body,
    )


@cache
def _status_line(status: int) -> bytes:
    return f"{status} {HTTPStatus(status).phrase}".encode("ascii")
