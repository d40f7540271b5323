"""The transport of requests to destinations: HTTP/1.1 (RFC 9112), with or without TLS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from qstash_dev.clock import Clock
from qstash_dev.config import Limits
from qstash_dev.deadlines import Deadlines
from qstash_dev.delivery.connection import Answer, BrokenOff, Connection, Outcome
from qstash_dev.delivery.failure import TimedOut, cut_off, unreachable
from qstash_dev.delivery.pool import Pool
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.bounded_cache import BoundedCache
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.headers import canonical_name
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.target import Target, target_of

Done = Callable[[DeliveryResult], None]
Cancel = Callable[[], None]

_BODILESS = ("GET", "HEAD", "OPTIONS", "TRACE")


class Transport(Protocol):
    """Sends requests."""

    def start(self, request: OutgoingRequest, done: Done) -> Cancel:
        """Send one request. ``done`` is called once, later, with an answer or an :class:`Unreachable`.

        The function that is returned cancels the request; then ``done`` is not called.
        """

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        """Send one request and wait for its result."""

    async def close(self) -> None:
        """Close all connections."""


class HttpTransport:
    """Sends requests over persistent connections. It does not follow redirects."""

    def __init__(
        self,
        clock: Clock,
        max_body_bytes: int,
        *,
        verify_tls: bool = True,
        ca_file: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.clock = clock
        self.max_body_bytes = max_body_bytes
        self.deadlines = Deadlines(clock)
        self.pool = Pool(clock, max_body_bytes, verify_tls=verify_tls, ca_file=ca_file, limits=limits)

    def start(self, request: OutgoingRequest, done: Done) -> Cancel:
        """As in :class:`Transport`. It adds ``Host``, ``Content-Length`` and the ``Authorization`` in the URL."""
        exchange = _Exchange(self, request, done)
        exchange.start()
        return exchange.cancel

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        result: asyncio.Future[DeliveryResult] = asyncio.get_running_loop().create_future()
        cancel = self.start(request, result.set_result)
        try:
            return await result
        finally:
            if not result.done() or result.cancelled():
                cancel()

    async def close(self) -> None:
        await self.pool.close()


class _Exchange:
    """One request: it waits for a connection, then for the answer, until its timeout."""

    __slots__ = ("_connection", "_done", "_request", "_started_s", "_target", "_transport")

    def __init__(self, transport: HttpTransport, request: OutgoingRequest, done: Done) -> None:
        self._transport = transport
        self._request = request
        self._done: Done | None = done
        self._started_s = transport.clock.monotonic_s()
        self._target: Target | None = None
        self._connection: Connection | None = None

    def start(self) -> None:
        try:
            self._target = target = target_of(self._request.url)
        except ValueError as error:
            asyncio.get_running_loop().call_soon(self._finish, error)
            return
        self._transport.deadlines.enter(self._request.timeout_s, self._started_s, self._expired)
        connection = self._transport.pool.idle(target.origin, self._started_s)
        if connection is not None:
            self._send(target, connection)
        else:
            self._transport.pool.wait(target.origin, self._on_connection)

    def cancel(self) -> None:
        self._done = None
        self._release()

    def _on_connection(self, opened: Connection | Exception) -> None:
        assert self._target is not None
        if isinstance(opened, Connection):
            self._send(self._target, opened)
        else:
            self._finish(opened)

    def _send(self, target: Target, connection: Connection) -> None:
        request = self._request
        self._connection = connection
        connection.exchange(_head(target, request), request.body, self._finish, bodiless=request.method == "HEAD")

    def _expired(self) -> None:
        if self._connection is None:
            self._finish(TimedOut(FailureReason.CONNECT_TIMEOUT))
        elif (began := self._connection.answer_began) is None:
            self._finish(TimedOut(FailureReason.ANSWER_TIMEOUT))
        else:
            self._finish(TimedOut(FailureReason.BODY_TIMEOUT, began))

    def _finish(self, outcome: Outcome) -> None:
        done, target, connection = self._done, self._target, self._connection
        if done is None:
            return
        now_s = self._transport.clock.monotonic_s()
        elapsed_ms = round((now_s - self._started_s) * 1_000)
        if isinstance(outcome, Answer) and target is not None and connection is not None:
            self._done = self._connection = None
            self._transport.pool.put_back(target.origin, connection, now_s)
            self._release()
            done(self._responded(outcome, elapsed_ms))
            return
        self._release()
        self._connection = self._target = None
        assert isinstance(outcome, Exception)
        if target is None or not isinstance(outcome, ConnectionError):
            self._failed(target, elapsed_ms, outcome)
        else:
            self._transport.pool.probes.explain(target.origin, outcome, partial(self._failed, target, elapsed_ms))

    def _failed(self, target: Target | None, elapsed_ms: int, error: Exception) -> None:
        done, timeout_s = self._done, self._request.timeout_s
        if done is None:
            return
        self._done = None
        if isinstance(error, BrokenOff | TimedOut) and error.began is not None:
            reason, fault = cut_off(error, error.began, timeout_s)
            done(self._responded(error.began, elapsed_ms)._replace(fault=fault, reason=reason))
            return
        done(unreachable(error, self._request.url if target is None else target.origin, timeout_s, elapsed_ms))

    def _release(self) -> None:
        self._transport.deadlines.leave(self._request.timeout_s, self._expired)
        if self._connection is not None:
            self._connection.abandon()
        elif self._target is not None:
            self._transport.pool.leave(self._target.origin, self._on_connection)

    def _responded(self, answer: Answer, duration_ms: int) -> Responded:
        headers = [(shown_name(name), _text(value)) for name, value in answer.headers]
        result = Responded(answer.status, tuple(headers), answer.body, duration_ms)
        if not answer.too_large:
            return result if result.succeeded else result._replace(url=self._request.url)
        fault = f"HTTP status {answer.status}, but its body is larger than {self._transport.max_body_bytes} bytes"
        return result._replace(fault=fault, reason=FailureReason.BODY_TOO_LARGE)


def _head(target: Target, request: OutgoingRequest) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in request.headers]
    if target.authorization is not None and "Authorization" not in [name for name, _ in request.headers]:
        lines.append(f"Authorization: {target.authorization}\r\n")
    if request.body or request.method not in _BODILESS:
        lines.append(f"Content-Length: {len(request.body)}\r\n")
    return b"%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (
        request.method.encode("ascii"),
        target.path,
        request.host or target.host_header,
        # Header bytes that are not UTF-8 are sent as they were published.
        "".join(lines).encode("utf-8", "surrogateescape"),
    )


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


shown_name = BoundedCache[bytes, str](lambda name: canonical_name(_text(name))).__getitem__
