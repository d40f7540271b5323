"""Sends one request and says what came of it."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from functools import lru_cache
from typing import Protocol

from qstash_dev.clock import Clock
from qstash_dev.delivery.connection import Answer, Connection
from qstash_dev.delivery.failure import describe_failure
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.delivery.target import Origin, Target, target_of
from qstash_dev.protocol.headers import canonical_name
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable

# Common servers drop idle connections after two seconds or more; a request that meets the end of its connection
# could not be told from one that was processed, so we give up earlier.
MAX_IDLE_S = 1.5
_MAX_IDLE_CONNECTIONS = 256
_BODILESS = ("GET", "HEAD", "OPTIONS", "TRACE")


class Transport(Protocol):
    """The way to the destinations."""

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        """Send one request; every failure is a value, not an exception."""
        ...

    async def close(self) -> None:
        """Drop all connections."""
        ...


class HttpTransport:
    """HTTP/1.1 with kept-alive connections, also over TLS. Redirects are not followed."""

    def __init__(
        self, clock: Clock, max_body_bytes: int, *, verify_tls: bool = True, ca_file: str | None = None
    ) -> None:
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._verify_tls = verify_tls
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[Origin, deque[Connection]] = {}

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        """Send one request; nothing is added to the headers but what HTTP needs."""
        started_s = self._clock.monotonic_s()
        where: Origin | str = request.url
        try:
            target = target_of(request.url)
            where = target.origin
            async with asyncio.timeout(request.timeout_s):
                answer = await self._exchange(target, request)
        except Exception as error:
            # Whatever a destination does must end in the event log, not in the server.
            return Unreachable(describe_failure(error, where, request.timeout_s), self._elapsed_ms(started_s))
        return self._responded(answer, self._elapsed_ms(started_s))

    async def close(self) -> None:
        """Drop all connections."""
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()
        # Aborted transports close their sockets in the next pass of the loop.
        await asyncio.sleep(0)

    async def _exchange(self, target: Target, request: OutgoingRequest) -> Answer:
        connection = self._idle_connection(target.origin) or await self._connect(target.origin)
        head = _head(target, request)
        answer = await connection.exchange(head, request.body, bodiless=request.method == "HEAD")
        self._put_back(target.origin, connection)
        return answer

    async def _connect(self, origin: Origin) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self._max_body_bytes),
            origin.host,
            origin.port,
            ssl=self._tls_context() if origin.tls else None,
            server_hostname=origin.host if origin.tls else None,
        )
        return connection

    def _idle_connection(self, origin: Origin) -> Connection | None:
        connections = self._idle.get(origin)
        now_s = self._clock.monotonic_s()
        while connections:
            # The latest first: the others grow old together and are dropped.
            connection = connections.pop()
            limit_s = min(MAX_IDLE_S, (connection.keep_alive_s or MAX_IDLE_S + 1) - 1)
            if connection.usable and now_s - connection.idle_since_s < limit_s:
                return connection
            connection.close()
        return None

    def _put_back(self, origin: Origin, connection: Connection) -> None:
        if not connection.usable:
            return
        connection.idle_since_s = self._clock.monotonic_s()
        connections = self._idle.setdefault(origin, deque())
        connections.append(connection)
        if len(connections) > _MAX_IDLE_CONNECTIONS:
            connections.popleft().close()
        if len(self._idle) > _MAX_IDLE_CONNECTIONS:
            self._drop_oldest_origin()

    def _drop_oldest_origin(self) -> None:
        for connection in self._idle.pop(next(iter(self._idle))):
            connection.close()

    def _responded(self, answer: Answer, duration_ms: int) -> Responded:
        fault = None
        if answer.too_large:
            fault = f"HTTP status {answer.status}, but its body is larger than {self._max_body_bytes} bytes"
        headers = tuple((_shown_name(name), _text(value)) for name, value in answer.headers)
        return Responded(answer.status, headers, answer.body, duration_ms, fault)

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            if self._ca_file is not None:
                self._tls.load_verify_locations(self._ca_file)
            if not self._verify_tls:
                self._tls.check_hostname = False
                self._tls.verify_mode = ssl.CERT_NONE
        return self._tls

    def _elapsed_ms(self, started_s: float) -> int:
        return round((self._clock.monotonic_s() - started_s) * 1_000)


def _head(target: Target, request: OutgoingRequest) -> bytes:
    lines = [b"%s %s HTTP/1.1\r\nHost: %s" % (request.method.encode("ascii"), target.path, target.host_header)]
    authorized = False
    for name, value in request.headers:
        # Bytes that were not UTF-8 when they were published go out as they came in.
        lines.append(f"{name}: {value}".encode("utf-8", "surrogateescape"))
        authorized = authorized or name == "Authorization"
    if target.authorization is not None and not authorized:
        lines.append(b"Authorization: " + target.authorization.encode("ascii"))
    if request.body or request.method not in _BODILESS:
        lines.append(b"Content-Length: %d" % len(request.body))
    lines.append(b"\r\n")
    return b"\r\n".join(lines)


@lru_cache(maxsize=1_024)
def _shown_name(name: bytes) -> str:
    return canonical_name(_text(name))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
