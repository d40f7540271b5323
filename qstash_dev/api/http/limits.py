"""Limits on requests that are being read, of all clients together: their bytes and their time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType

from aiohttp import StreamReader

from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.deadlines import Deadlines
from qstash_dev.protocol import errors
from qstash_dev.receiving import read_memory

# The slowest upload that is accepted, the same as in the web server Kestrel.
_LEAST_BYTES_PER_S = 240


class Incoming:
    """Bytes and deadlines of the requests that both readers are reading. ``bytes`` is what has arrived of them;
    ``memory`` is what they read into."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.config = config
        self.deadlines = Deadlines(clock, are_few=True)
        self.bytes = 0
        self.memory = read_memory()
        self._clock = clock

    def now_s(self) -> float:
        """Real seconds from an arbitrary start."""
        return self._clock.monotonic_s()

    def has_room(self, size: int) -> bool:
        """Whether ``size`` more bytes may be kept."""
        return self.bytes + size <= self.config.max_incoming_bytes

    def too_much(self) -> errors.Rejection:
        """The error for a request that exceeds the limit."""
        return errors.BUSY_READING(limit=self.config.max_incoming_bytes)


class Reading:
    """A body that a handler is reading, as a context manager. ``size`` is the number of bytes that have arrived."""

    def __init__(self, incoming: Incoming, content: StreamReader) -> None:
        self._incoming = incoming
        self._content = content
        self._looked_at = 0
        self.size = 0

    def __enter__(self) -> Reading:
        if not self._content.is_eof():
            self._enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._incoming.bytes -= self.size
        self._incoming.deadlines.leave(self._incoming.config.body_timeout_s, self.look)

    def fail(self, rejection: errors.Rejection) -> None:
        """Raise ``rejection`` in the handler in place of the rest of the body."""
        if not self._content.is_eof():
            self._content.set_exception(rejection)

    async def whole(self, limit: int) -> bytes:
        """The bytes of the body.

        Raises Rejection: 413 as soon as it exceeds ``limit`` bytes, 503 if all bodies together exceed their limit,
        408 if it arrives too slowly, 400 if the connection ends before it is complete.
        """
        chunks = [chunk async for chunk in self._chunks(limit)]
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def gathered(self, limit: int) -> bytearray:
        """The body as :meth:`whole` returns it, without the time to join a hundred megabytes."""
        body = bytearray()
        async for chunk in self._chunks(limit):
            body += chunk
        return body

    async def _chunks(self, limit: int) -> AsyncIterator[bytes]:
        while chunk := await self._content.readany():
            if not self._incoming.has_room(len(chunk)):
                raise self._incoming.too_much()
            self.size += len(chunk)
            self._incoming.bytes += len(chunk)
            if self.size > limit:
                raise errors.BODY_TOO_LARGE(limit=limit)
            yield chunk

    def _enter(self) -> None:
        incoming = self._incoming
        incoming.deadlines.enter(incoming.config.body_timeout_s, incoming.now_s(), self.look)

    def look(self) -> None:
        """Check the progress once in each period: a slow but steady upload may continue."""
        period_s = self._incoming.config.body_timeout_s
        least = max(1, int(_LEAST_BYTES_PER_S * period_s))
        if self.size - self._looked_at < least and not self._content.is_eof():
            self.fail(errors.BODY_TOO_SLOW(size=least, seconds=f"{period_s:g}"))
            return
        self._looked_at = self.size
        self._enter()
