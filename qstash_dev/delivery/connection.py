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

from qstash_dev.protocol.failure_reason import FailureReason

MAX_HEADERS = 256
# An answer is looked at after each block of so many bytes: its head ends within the first, and of each later one as
# much as this is body. That bounds interim answers, sizes and extensions of chunks, and trailers, wherever the bytes
# of an answer are parted on their way.
BLOCK_BYTES = 65_536
_LEAST_BODY_BYTES = BLOCK_BYTES // 32
_BODY_APART = 65_536


class ProtocolError(Exception):
    """What came was not an answer; the text says why, without naming the destination. ``limit_bytes`` is how much it
    may have of what the ``reason`` is about."""

    def __init__(
        self, text: str, reason: FailureReason = FailureReason.NOT_HTTP, limit_bytes: int | None = None
    ) -> None:
        super().__init__(text)
        self.reason, self.limit_bytes = reason, limit_bytes


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

    @property
    def answer_began(self) -> bool:
        """Whether the head of the answer that is waited for has come."""
        return self._has_head

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
        self._came_bytes = self._body_bytes_before = 0
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
        left_bytes = BLOCK_BYTES - self._came_bytes % BLOCK_BYTES
        if len(data) < left_bytes:
            self._read(data)
        else:
            self._read_blocks(memoryview(data), left_bytes)
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
        if self._has_head:
            # A trailer, or a head behind the answer.
            return
        self._headers.append((name, value))
        lowered = name.lower()
        if lowered == b"content-length":
            self._framed = True
        elif lowered == b"transfer-encoding":
            # The parser's own notion: with any other, the end of the connection is that of the body.
            self._framed = value.rpartition(b",")[2].strip().lower() == b"chunked"
        elif lowered == b"keep-alive":
            self.keep_alive_s = _keep_alive_s(value)

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._status = self._parser.get_status_code()
        self._interim = 100 <= self._status < 200 and self._status != 101
        self._has_head = not self._interim
        if len(self._headers) > MAX_HEADERS:
            text = f"it has more than {MAX_HEADERS} headers"
            self._came_to(ProtocolError(text, FailureReason.HEADERS_TOO_LARGE))
            self.close()
        elif self._status < 100:
            self._came_to(ProtocolError(f"there is no status {self._status:03}"))
        elif self._bodiless and self._has_head:
            # The parser does not know, and would wait for the body that the headers announce.
            self._answered()
            self.close()

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        if self._outcome is not None:
            return
        self._body += body
        if len(self._body) > self._max_body_bytes:
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

    def _read_blocks(self, data: memoryview, left_bytes: int) -> None:
        while data and self._outcome is None:
            part, data = data[:left_bytes], data[left_bytes:]
            self._read(part)
            if len(part) == left_bytes and self._outcome is None:
                self._look_at_block()
            left_bytes = BLOCK_BYTES
        if data:
            self.close()

    def _read(self, data: bytes | memoryview) -> None:
        self._came_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.close()
        except httptools.HttpParserError as error:
            # Rubbish behind a whole answer does not undo the answer.
            self._came_to(ProtocolError(str(error)))
            self.close()

    def _look_at_block(self) -> None:
        body_bytes = len(self._body)
        if not self._has_head:
            reason = FailureReason.HEADERS_TOO_LARGE
            text = f"its headers, interim answers included, are larger than {BLOCK_BYTES} bytes"
        elif self._came_bytes > BLOCK_BYTES and body_bytes - self._body_bytes_before < _LEAST_BODY_BYTES:
            reason = FailureReason.TOO_MUCH_FRAMING
            text = f"{BLOCK_BYTES} bytes of it hold hardly any body, but sizes of chunks or trailers"
        else:
            self._body_bytes_before = body_bytes
            return
        self._came_to(ProtocolError(text, reason, BLOCK_BYTES))
        self.close()

    def _begin(self) -> None:
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        # One array, for a body may come byte by byte.
        self._body = bytearray()
        self._has_head = self._framed = self._interim = False

    def _answered(self, *, too_large: bool = False) -> None:
        if too_large:
            del self._body[self._max_body_bytes :]
        self._came_to(Answer(self._status, self._headers, bytes(self._body), too_large))

    def _ended(self, error: Exception | None = None) -> None:
        if self._done is None:
            return
        if self._has_head and not self._framed and error is None:
            # Without a length the end of the connection is the end of the body (RFC 9112, 6.3).
            self._answered()
        elif self._came_bytes:
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
        seconds = seconds.strip()
        if name.strip() == b"timeout" and seconds.isdigit() and len(seconds) <= 9:
            return float(seconds)
    return None
