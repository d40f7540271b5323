"""A persistent HTTP/1.1 connection to a destination (RFC 9112, 9.3), for one request at a time.

It costs a fraction of a general HTTP client: it adds nothing to a request and interprets only the framing of an
answer. httptools parses the answers. After anything unexpected the connection is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import httptools

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.receiving import Receiver, let_go

MAX_HEADERS = 256
# Headers, trailers and interim answers of one answer together: each costs a call, and a block holds thousands.
MAX_FIELDS = 2 * MAX_HEADERS
# An answer is checked after each block of this many bytes: its headers must end in the first block, and each later
# block must have _LEAST_BODY_BYTES of its body. This limits interim answers, chunk sizes, extensions and trailers.
BLOCK_BYTES = 65_536
_LEAST_BODY_BYTES = BLOCK_BYTES // 32
# A larger body is written separately instead of being copied behind the headers.
_MAX_JOINED_BYTES = 65_536
_SHOWN_BYTES = 60
_TLS_ALERT = b"\x15"  # RFC 8446, 5.1


class ProtocolError(Exception):
    """The destination sent something that is not an HTTP answer; the text says what, without the destination.
    ``limit_bytes`` is the limit that it exceeds, if the ``reason`` is one; ``beginning`` are its first bytes, if they
    are no HTTP."""

    def __init__(
        self,
        text: str,
        reason: FailureReason = FailureReason.NOT_HTTP,
        limit_bytes: int | None = None,
        *,
        beginning: bytes = b"",
    ) -> None:
        super().__init__(text)
        self.reason, self.limit_bytes, self.beginning = reason, limit_bytes, beginning


class Answer:
    """One answer. ``too_large`` means that the body was cut at the limit."""

    __slots__ = ("body", "headers", "status", "too_large")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, too_large: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.too_large = too_large


class BrokenOff(ConnectionError):
    """The destination closed the connection in the middle of its answer. ``began`` is the answer so far, if its
    headers were complete."""

    def __init__(self, began: Answer | None = None) -> None:
        super().__init__()
        self.began = began


class ClosedWhileSending(ConnectionError):
    """The destination closed the connection before it had taken the whole request."""


Outcome = Answer | Exception
"""The answer to a request, :class:`ProtocolError`, or ``OSError`` without a complete answer."""


class Connection(Receiver):
    """One connection. asyncio calls the methods of a protocol, httptools those named ``on_…``."""

    def __init__(self, max_body_bytes: int, memory: memoryview) -> None:
        self.memory = memory
        self.idle_since_s = 0.0  #: set by the pool
        self.keep_alive_s: float | None = None  #: the timeout in the ``Keep-Alive`` header of the destination
        self._max_body_bytes = max_body_bytes
        self._transport: asyncio.Transport | None = None
        self._done: Callable[[Outcome], None] | None = None
        self._outcome: Outcome | None = None
        self._parser: Any = None
        self._sending = False

    @property
    def usable(self) -> bool:
        """Whether it is open, so that a request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def answer_began(self) -> Answer | None:
        """The answer so far, if one is waited for and its headers are complete."""
        return Answer(self._status, self._headers, bytes(self._body), too_large=False) if self._has_head else None

    def exchange(self, head: bytes, body: bytes, done: Callable[[Outcome], None], *, bodiless: bool = False) -> None:
        """Send one request. ``done`` is called once with the outcome, unless the request is abandoned before.

        ``bodiless`` means that the answer has no body, as for HEAD. ``done`` is a callback, because a future and a
        task would cost as much as the request.
        """
        transport = self._transport
        assert transport is not None
        assert self._done is None
        self._begin()
        self._bodiless = bodiless
        self._received_bytes = self._body_bytes_before = self._fields = 0
        self._done = done
        if len(body) > _MAX_JOINED_BYTES:
            transport.write(head)
            # A view, because asyncio copies the rest of bytes that are not sent at once.
            transport.write(memoryview(body))
        else:
            transport.write(head + body)

    def abandon(self) -> None:
        """Ignore the answer and close the connection."""
        self._done = None
        self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # One parser for all answers: the connection is closed after a bad one.
        self._parser = httptools.HttpResponseParser(self)

    def pause_writing(self) -> None:
        """Called by asyncio when the destination takes the request more slowly than it is written."""
        self._sending = True

    def resume_writing(self) -> None:
        """Called by asyncio when the destination has taken all of the request."""
        self._sending = False

    def data_received(self, data: bytes) -> None:
        """Read a part of the answer. Without a request the connection is closed."""
        if self._done is None:
            self.close()
            return
        left_bytes = BLOCK_BYTES - self._received_bytes % BLOCK_BYTES
        if len(data) < left_bytes:
            self._read(data)
        else:
            self._read_blocks(memoryview(data), left_bytes)
        self._report()

    def eof_received(self) -> None:
        self._ended()

    def connection_lost(self, error: Exception | None) -> None:
        self._ended(error)
        let_go(self._transport)
        self._transport = self._parser = None

    def on_message_begin(self) -> None:
        if self._outcome is not None:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_field()
        if self._has_head:
            # A trailer, or a second answer.
            return
        self._headers.append((name, value))
        lowered = name.lower()
        if lowered == b"content-length":
            self._framed = True
        elif lowered == b"transfer-encoding":
            # As in the parser: with any other encoding, the body ends with the connection (RFC 9112, 6.3).
            self._framed = value.rpartition(b",")[2].strip().lower() == b"chunked"
        elif lowered == b"keep-alive":
            self.keep_alive_s = _keep_alive_s(value)

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        self._interim = 100 <= self._status < 200 and self._status != 101
        self._has_head = not self._interim
        if len(self._headers) > MAX_HEADERS:
            text = f"it has more than {MAX_HEADERS} headers"
            self._set_outcome(ProtocolError(text, FailureReason.HEADERS_TOO_LARGE))
            self.close()
        elif self._status < 100:
            self._set_outcome(ProtocolError(f"there is no status {self._status:03}"))
        elif self._bodiless and self._has_head:
            # The parser would wait for the body that Content-Length announces.
            self._answered()
            self.close()

    def on_body(self, body: bytes) -> None:
        if self._outcome is not None:
            return
        self._body += body
        if len(self._body) > self._max_body_bytes:
            self._answered(too_large=True)
            self.close()

    def on_message_complete(self) -> None:
        """After an interim answer (1xx), read the next one."""
        if self._interim:
            self._count_field()
            self._begin()
            return
        self._answered()
        transport = self._transport
        unread = transport is not None and transport.get_write_buffer_size() > 0
        if unread or not self._parser.should_keep_alive():
            # If it answered before it read the whole request, it would take the rest for the next request.
            self.close()

    def _read_blocks(self, data: memoryview, left_bytes: int) -> None:
        while data and self._outcome is None:
            part, data = data[:left_bytes], data[left_bytes:]
            self._read(part)
            if len(part) == left_bytes and self._outcome is None:
                self._check_block()
            left_bytes = BLOCK_BYTES
        if data:
            self.close()

    def _read(self, data: bytes | memoryview) -> None:
        self._received_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.close()
        except httptools.HttpParserError as error:
            # After a complete answer this is ignored.
            is_first = self._received_bytes == len(data)
            beginning = bytes(data[:_SHOWN_BYTES]) if is_first else b""
            is_tls = beginning.startswith(_TLS_ALERT)
            reason = FailureReason.HTTPS_EXPECTED if is_tls else FailureReason.NOT_HTTP
            self._set_outcome(ProtocolError(str(error), reason, beginning=beginning))
            self.close()

    def _check_block(self) -> None:
        body_bytes = len(self._body)
        if not self._has_head:
            reason = FailureReason.HEADERS_TOO_LARGE
            text = f"its headers, interim answers included, are larger than {BLOCK_BYTES} bytes"
        elif self._received_bytes > BLOCK_BYTES and body_bytes - self._body_bytes_before < _LEAST_BODY_BYTES:
            reason = FailureReason.TOO_MUCH_FRAMING
            text = f"{BLOCK_BYTES} bytes of it hold hardly any body, but sizes of chunks or trailers"
        else:
            self._body_bytes_before = body_bytes
            return
        self._set_outcome(ProtocolError(text, reason, BLOCK_BYTES))
        self.close()

    def _count_field(self) -> None:
        self._fields += 1
        if self._fields > MAX_FIELDS:
            text = f"it has more than {MAX_FIELDS} headers, trailers and interim answers"
            self._set_outcome(ProtocolError(text, FailureReason.TOO_MUCH_FRAMING))
            # The parser reads no further. An error in a variable would refer to itself by way of its traceback.
            raise ProtocolError(text)

    def _begin(self) -> None:
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        # A bytearray, because a body may come in many small parts.
        self._body = bytearray()
        self._has_head = self._framed = self._interim = False

    def _answered(self, *, too_large: bool = False) -> None:
        if too_large:
            del self._body[self._max_body_bytes :]
        self._set_outcome(Answer(self._status, self._headers, bytes(self._body), too_large))

    def _ended(self, error: Exception | None = None) -> None:
        if self._done is None:
            return
        if self._has_head and not self._framed and error is None:
            # A body without a length ends with the connection (RFC 9112, 6.3).
            self._answered()
        elif self._received_bytes:
            self._set_outcome(BrokenOff(self.answer_began))
        elif self._sending:
            self._set_outcome(ClosedWhileSending())
        elif isinstance(error, OSError):
            self._set_outcome(error)
        else:
            self._set_outcome(ConnectionAbortedError("it closed the connection without answering"))
        self.close()
        self._report()

    def _set_outcome(self, outcome: Outcome) -> None:
        if self._outcome is None:
            self._outcome = outcome

    def _report(self) -> None:
        """Call ``done`` with the outcome, if there is one. Not within the parser: ``done`` may send a request."""
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
