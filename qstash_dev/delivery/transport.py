"""The way to the destinations: a pool of connections for each of them."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from qstash_dev.clock import Clock
from qstash_dev.delivery.connection import Answer, Connection, Outcome
from qstash_dev.delivery.failure import describe_failure
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.delivery.target import Origin, Target, target_of
from qstash_dev.protocol.headers import canonical_name
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable

Done = Callable[[DeliveryResult], None]
Cancel = Callable[[], None]

# Common servers drop idle connections after two seconds or more; a request that meets the end of its connection
# could not be told from one that was processed, so we give up earlier.
MAX_IDLE_S = 1.5
_MAX_IDLE_CONNECTIONS = 256
_BODILESS = ("GET", "HEAD", "OPTIONS", "TRACE")


class Transport(Protocol):
    """The way to the destinations."""

    def start(self, request: OutgoingRequest, done: Done) -> Cancel:
        """Send one request and call ``done`` later, once; every failure is a value, not an exception.

        The function returned cuts the request off, and ``done`` will not be called.
        """
        ...

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        """Send one request and wait for what comes of it."""
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
        self._sweep: asyncio.TimerHandle | None = None

    def start(self, request: OutgoingRequest, done: Done) -> Cancel:
        """Send one request; nothing is added to the headers but what HTTP needs."""
        exchange = _Exchange(self, self._clock, request, done)
        exchange.start()
        return exchange.cancel

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        """Send one request and wait for what comes of it."""
        result: asyncio.Future[DeliveryResult] = asyncio.get_running_loop().create_future()
        cancel = self.start(request, result.set_result)
        try:
            return await result
        finally:
            if not result.done() or result.cancelled():
                cancel()

    async def close(self) -> None:
        """Drop all connections."""
        if self._sweep is not None:
            self._sweep.cancel()
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()
        # Aborted transports close their sockets in the next pass of the loop.
        await asyncio.sleep(0)

    async def connect(self, origin: Origin) -> Connection:
        """A new connection."""
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self._max_body_bytes),
            origin.host,
            origin.port,
            ssl=self._tls_context() if origin.tls else None,
            server_hostname=origin.host if origin.tls else None,
        )
        return connection

    def idle_connection(self, origin: Origin, now_s: float) -> Connection | None:
        """A connection that is open already, if there is one to be trusted."""
        connections = self._idle.get(origin)
        while connections:
            # The latest first: the others grow old together and are dropped.
            connection = connections.pop()
            limit_s = min(MAX_IDLE_S, (connection.keep_alive_s or MAX_IDLE_S + 1) - 1)
            if connection.usable and now_s - connection.idle_since_s < limit_s:
                return connection
            connection.close()
        return None

    def put_back(self, origin: Origin, connection: Connection, now_s: float) -> None:
        """Keep a connection for the next request, if it is good for one."""
        if not connection.usable:
            return
        connection.idle_since_s = now_s
        connections = self._idle.setdefault(origin, deque())
        connections.append(connection)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(MAX_IDLE_S, self._close_idle)
        if len(connections) > _MAX_IDLE_CONNECTIONS:
            connections.popleft().close()
        if len(self._idle) > _MAX_IDLE_CONNECTIONS:
            self._drop_oldest_origin()

    def _close_idle(self) -> None:
        """Close what nobody has used for long: a destination that shuts down may wait for us to do so."""
        self._sweep = None
        oldest_s = self._clock.monotonic_s() - MAX_IDLE_S
        for origin, connections in list(self._idle.items()):
            while connections and connections[0].idle_since_s <= oldest_s:
                connections.popleft().close()
            if not connections:
                del self._idle[origin]
        if self._idle:
            self._sweep = asyncio.get_running_loop().call_later(MAX_IDLE_S, self._close_idle)

    def _drop_oldest_origin(self) -> None:
        for connection in self._idle.pop(next(iter(self._idle))):
            connection.close()

    def responded(self, answer: Answer, duration_ms: int) -> Responded:
        """The answer as a result."""
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


class _Exchange:
    """One request on its way: waits for a connection, then for the answer, and for both no longer than it may."""

    __slots__ = (
        "_clock",
        "_connecting",
        "_connection",
        "_done",
        "_pool",
        "_request",
        "_started_s",
        "_target",
        "_timer",
    )

    def __init__(self, pool: HttpTransport, clock: Clock, request: OutgoingRequest, done: Done) -> None:
        self._pool = pool
        self._clock = clock
        self._request = request
        self._done: Done | None = done
        self._started_s = clock.monotonic_s()
        self._target: Target | None = None
        self._connection: Connection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._target = target = target_of(self._request.url)
        except ValueError as error:
            loop.call_soon(self._came_to, error)
            return
        self._timer = loop.call_later(self._request.timeout_s, self._expired)
        connection = self._pool.idle_connection(target.origin, self._started_s)
        if connection is not None:
            self._send(target, connection)
        else:
            self._connecting = loop.create_task(self._connect(target))

    def cancel(self) -> None:
        self._done = None
        self._release()

    async def _connect(self, target: Target) -> None:
        try:
            connection = await self._pool.connect(target.origin)
        except Exception as error:
            # Whatever a destination does must end in the event log, not in the server.
            self._came_to(error)
            return
        self._connecting = None
        if self._done is None:
            connection.close()
        else:
            self._send(target, connection)

    def _send(self, target: Target, connection: Connection) -> None:
        request = self._request
        self._connection = connection
        connection.exchange(_head(target, request), request.body, self._came_to, bodiless=request.method == "HEAD")

    def _expired(self) -> None:
        self._came_to(TimeoutError())

    def _came_to(self, outcome: Outcome) -> None:
        done, target, connection = self._done, self._target, self._connection
        if done is None:
            return
        self._done = None
        now_s = self._clock.monotonic_s()
        elapsed_ms = round((now_s - self._started_s) * 1_000)
        if isinstance(outcome, Answer) and target is not None and connection is not None:
            self._connection = None
            self._pool.put_back(target.origin, connection, now_s)
            self._release()
            done(self._pool.responded(outcome, elapsed_ms))
            return
        self._release()
        where = self._request.url if target is None else target.origin
        assert isinstance(outcome, Exception)
        done(Unreachable(describe_failure(outcome, where, self._request.timeout_s), elapsed_ms))

    def _release(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._connection is not None:
            self._connection.abandon()
        if self._connecting is not None:
            self._connecting.cancel()


def _head(target: Target, request: OutgoingRequest) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in request.headers]
    if target.authorization is not None and not any(name == "Authorization" for name, _ in request.headers):
        lines.append(f"Authorization: {target.authorization}\r\n")
    if request.body or request.method not in _BODILESS:
        lines.append(f"Content-Length: {len(request.body)}\r\n")
    return b"%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (
        request.method.encode("ascii"),
        target.path,
        target.host_header,
        # Bytes that were not UTF-8 when they were published go out as they came in.
        "".join(lines).encode("utf-8", "surrogateescape"),
    )


@lru_cache(maxsize=1_024)
def _shown_name(name: bytes) -> str:
    return canonical_name(_text(name))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
