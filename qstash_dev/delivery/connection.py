"""One kept-alive HTTP/1.1 connection to a destination, with one request on it at a time.

Written for deliveries, at a fraction of the cost of a general client: nothing is added to a request, nothing
of an answer is interpreted but its framing, and a connection that did anything unexpected is not used again.
httptools reads the answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import httptools

MAX_HEAD_BYTES = 262_144
_BODY_APART = 65_536
_MAX_DIGITS = 20


class ProtocolError(Exception):
    """What came was not an answer; the text says why, without naming the destination."""


class BrokenOff(ConnectionError):
    """The answer began and did not come to its end."""


class Answer:
    """One answer as it came; ``too_large`` means that the body was cut at the limit."""

    __slots__ = ("body", "headers", "status", "too_large")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, too_large: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.too_large = too_large


Outcome = Answer | Exception
"""What came of a request: :class:`ProtocolError` if it was not an answer, ``ConnectionError`` if it was not whole."""


class Connection(asyncio.Protocol):
    """``usable`` tells whether another request may be sent; ``idle_since_s`` is for the pool to keep."""

    def __init__(self, max_body_bytes: int) -> None:
        self.idle_since_s = 0.0
        self.keep_alive_s: float | None = None
        self._max_body_bytes = max_body_bytes
        self._transport: asyncio.Transport | None = None
        self._done: Callable[[Outcome], None] | None = None
        self._outcome: Outcome | None = None
        self._parser: Any = None

    @property
    def usable(self) -> bool:
        """Whether it is open and nothing unasked-for has come."""
        return self._transport is not None and not self._transport.is_closing()

    def exchange(self, head: bytes, body: bytes, done: Callable[[Outcome], None], *, bodiless: bool = False) -> None:
        """Send one request; ``done`` is called once, unless the request is abandoned before.

        ``bodiless`` means that the answer will have no body, as that to HEAD. A callback, because a future and a
        task for each request cost as much as the request itself.
        """
        transport = self._transport
        assert transport is not None
        assert self._done is None
        self._begin()
        self._bodiless = bodiless
        self._head_bytes = 0
        self._done = done
        if len(body) > _BODY_APART:
            transport.write(head)
            # A view, for asyncio cuts off what it has sent.
            transport.write(memoryview(body))
        else:
            transport.write(head + body)

    def abandon(self) -> None:
        """Nobody waits for the answer any more, and the connection cannot be used again."""
        self._done = None
        self.close()

    def close(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open. Loops have transports of their own kinds."""
        self._transport = cast(asyncio.Transport, transport)
        # One for all answers: whatever ends otherwise than well is the last one on its connection.
        self._parser = httptools.HttpResponseParser(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer, or bytes that nobody asked for."""
        if self._done is None:
            self.close()
            return
        if not self._has_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.close()
        except httptools.HttpParserError as error:
            # Rubbish behind a whole answer does not undo the answer.
            self._came_to(ProtocolError(str(error)))
            self.close()
        if not self._has_head and self._head_bytes > MAX_HEAD_BYTES:
            self._came_to(ProtocolError(f"its headers are larger than {MAX_HEAD_BYTES} bytes"))
            self.close()
        self._report()

    def eof_received(self) -> None:
        """The destination has nothing more to say."""
        self._ended()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._ended(error)
        self._parser = None

    def on_message_begin(self) -> None:
        """Called by the parser."""
        if self._outcome is not None:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        self._headers.append((name, value))
        lowered = name.lower()
        if lowered in (b"content-length", b"transfer-encoding"):
            self._framed = True
        elif lowered == b"keep-alive":
            self.keep_alive_s = _keep_alive_s(value)

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._status = self._parser.get_status_code()
        self._interim = 100 <= self._status < 200 and self._status != 101
        self._has_head = not self._interim
        if self._status < 100:
            self._came_to(ProtocolError(f"there is no status {self._status:03}"))
        elif self._bodiless and self._has_head:
            # The parser does not know, and would wait for the body that the headers announce.
            self._answered()
            self.close()

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > self._max_body_bytes:
            self._answered(too_large=True)
            self.close()

    def on_message_complete(self) -> None:
        """Called by the parser; an interim answer is not the answer yet."""
        if self._interim:
            self._begin()
            return
        self._answered()
        transport = self._transport
        unread = transport is not None and transport.get_write_buffer_size() > 0
        if unread or not self._parser.should_keep_alive():
            # If it answered without reading all, the rest would be taken for the next request.
            self.close()

    def _begin(self) -> None:
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._has_head = self._framed = self._interim = False

    def _answered(self, *, too_large: bool = False) -> None:
        body = b"".join(self._body)[: self._max_body_bytes]
        self._came_to(Answer(self._status, self._headers, body, too_large))

    def _ended(self, error: Exception | None = None) -> None:
        if self._done is None:
            return
        if self._has_head and not self._framed and error is None:
            # Without a length the end of the connection is the end of the body (RFC 9112, 6.3).
            self._answered()
        elif self._has_head or self._head_bytes:
            self._came_to(BrokenOff())
        elif isinstance(error, OSError):
            self._came_to(error)
        else:
            self._came_to(ConnectionAbortedError("it closed the connection without answering"))
        self.close()
        self._report()

    def _came_to(self, outcome: Outcome) -> None:
        if self._outcome is None:
            self._outcome = outcome

    def _report(self) -> None:
        """Hand over what came, when no call of the parser is under way any more."""
        done, outcome = self._done, self._outcome
        if done is not None and outcome is not None:
            self._done = self._outcome = None
            done(outcome)


def _keep_alive_s(value: bytes) -> float | None:
    for part in value.lower().split(b","):
        name, _, seconds = part.partition(b"=")
        if name.strip() == b"timeout" and seconds.strip().isdigit() and len(seconds) < _MAX_DIGITS:
            return float(seconds)
    return None
