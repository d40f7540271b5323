"""The reader of requests that aiohttp handles: it checks and limits them, and answers errors as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from qstash_dev.api.http.connections import Clients
from qstash_dev.api.http.framing import Framing
from qstash_dev.api.http.head import bad
from qstash_dev.api.http.limits import Incoming, Reading
from qstash_dev.internal_errors import tell
from qstash_dev.protocol import errors
from qstash_dev.receiving import Receiver, let_go

Unread = Callable[[bytes, errors.Rejection], None]
# Heads and pieces of bodies that aiohttp gets in one pass of the event loop.
_PIECES = 4
# Bytes that aiohttp cannot parse, so that it calls :meth:`RequestReader.handle_error`.
_NO_REQUEST = b"\x00\r\n\r\n"


class RequestReader(web.RequestHandler, Receiver):
    """One connection.

    ``reading`` is the body that a handler is reading. ``refusal`` is the error that ends the connection. An answer
    with ``streams`` ends when the client closes its side of the connection. ``unread`` is called with the beginning
    of a head, if there is one, and the error for a request that cannot be read.
    """

    def __init__(self, incoming: Incoming, clients: Clients, unread: Unread, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unread = unread
        self.reading: Reading | None = None
        self.streams = False
        self.refusal: errors.Rejection | None = None
        self._incoming = incoming
        self.memory = incoming.memory
        self._clients = clients
        self._framing = Framing()
        self._kept = 0
        # aiohttp gets the next request when the answer to this one begins.
        self._is_unanswered = False
        self._watched_head = -1
        self._scheduled = self._ended = self._leaves = False

    @property
    def is_idle(self) -> bool:
        """Whether every request that has begun to arrive is answered."""
        return self._waiter is not None and not self._framing.kept_bytes and not self._framing.in_body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called for a new connection, and for one that the fast path hands over."""
        self._clients.add(self)
        self._own_transport = transport
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Called when the connection is closed."""
        self._clients.discard(self)
        self._keep(0)
        self._unwatch()
        # aiohttp may have forgotten its reference.
        let_go(self._own_transport)
        self.reading = None
        # Without the error, which would stay in a circle of references with the future of a write that waits. The
        # next write fails.
        super().connection_lost(None)

    def data_received(self, data: bytes) -> None:
        """Called with bytes that have arrived; with none when aiohttp continues after a pause."""
        if self.refusal is not None and data:
            return
        try:
            if data:
                self._framing.add(data)
            else:
                super().data_received(data)
            self._pass_on()
        except errors.Rejection as rejection:
            self._refuse(rejection)
        except Exception as error:
            tell("reading a request", error)
            self._refuse(errors.INTERNAL(reason=repr(error)[:200]))

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio.Protocol has it so
        """Called when the client sends no more. It may still wait for answers."""
        if self.streams:
            return None
        self._ended = True
        self._end_if_all_is_passed_on()
        return True

    def answered(self, content: StreamReader) -> None:
        """Called when an answer begins: aiohttp may get the next request. ``content`` is the body of the present one;
        if the rest of it cannot be read, its reader gets the error."""
        self._is_unanswered = False
        if self.refusal is not None and not content.is_eof():
            content.set_exception(self.refusal)
        if self._framing.has_more or self._ended:
            self._schedule()

    def close(self) -> None:
        """Close the connection when the request in progress is answered, at once if there is none. aiohttp itself
        would only stop reading, and leave a kept-alive connection open."""
        idle = self._waiter is not None
        super().close()
        if idle and self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Does nothing: aiohttp's runner ends the requests in progress."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to a request that cannot be read, after which the connection is closed. It is not sent if the
        client has left or another answer has begun."""
        _forget_traceback(exc)
        if self._leaves or isinstance(exc, ConnectionError) or request.writer.output_size > 0:
            # An error that leaves the task would stay in a circle of references with it.
            self.force_close()
            return web.Response()
        rejection = self.refusal if isinstance(exc, HttpProcessingError) else None
        if rejection is None:
            # What aiohttp says is passed on, never looked at.
            rejection = bad((message or str(exc) or "it cannot be read").replace("\n", " ")[:500])
        self._unread(self._framing.unread, rejection)
        text = json.dumps({"error": rejection.text})
        response = web.Response(status=rejection.status, text=text, content_type="application/json")
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log an error in one line, without aiohttp's traceback."""
        error = kw.get("exc_info")
        if isinstance(error, BaseException) and not isinstance(error, errors.Rejection):
            tell("answering a request", error)
        _forget_traceback(error)

    def _pass_on(self) -> None:
        framing = self._framing
        for _ in range(_PIECES):
            # aiohttp pauses when its handler has not read the body so far.
            if self._reading_paused or (self._is_unanswered and not framing.in_body):
                break
            begins = not framing.in_body
            piece = framing.next()
            if not piece:
                break
            self._is_unanswered = self._is_unanswered or begins
            super().data_received(piece)
        else:
            self._schedule()
        if framing.has_more and self.transport is not None:
            self.transport.pause_reading()
        self._keep(framing.kept_bytes)
        self._watch_head()
        self._end_if_all_is_passed_on()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._scheduled = False
        if self.transport is None or self.refusal is not None:
            return
        self.data_received(b"")
        if not self._framing.has_more and not self._reading_paused and not self._buffer_paused:
            self.transport.resume_reading()

    def _keep(self, size: int) -> None:
        if size > self._kept and not self._incoming.has_room(size - self._kept):
            raise self._incoming.too_much()
        self._incoming.bytes += size - self._kept
        self._kept = size

    def _watch_head(self) -> None:
        """Set a deadline for a head that has arrived only in part, which is rare."""
        begun = self._framing.heads if self._framing.begun_bytes else -1
        if begun != self._watched_head:
            self._unwatch()
            if begun >= 0:
                self._watched_head = begun
                self._incoming.deadlines.enter(
                    self._incoming.config.head_timeout_s, self._incoming.now_s(), self._too_slow
                )

    def _unwatch(self) -> None:
        if self._watched_head >= 0:
            self._watched_head = -1
            self._incoming.deadlines.leave(self._incoming.config.head_timeout_s, self._too_slow)

    def _too_slow(self) -> None:
        self._watched_head = -1
        self._refuse(errors.HEAD_TOO_SLOW(seconds=f"{self._incoming.config.head_timeout_s:g}"))

    def _end_if_all_is_passed_on(self) -> None:
        if not self._ended or self.refusal is not None or self._framing.has_more:
            return
        if self._framing.in_body:
            self._refuse(bad("the connection ended in the middle of its body"))
        elif self._is_unanswered:
            return
        elif self._framing.begun_bytes:
            self._refuse(bad("the connection ended in the middle of its head"))
        else:
            self._leaves = True
            self._refuse(bad("the connection has ended"))

    def _refuse(self, rejection: errors.Rejection) -> None:
        """Answer with this error after all requests read so far, and ignore what arrives from now on."""
        if self.refusal is not None:
            return
        self.refusal = rejection.with_traceback(None)
        self._keep(0)
        self._unwatch()
        if not self._framing.in_body:
            super().data_received(_NO_REQUEST)
        elif self.reading is not None:
            self.reading.fail(rejection)


def _forget_traceback(error: BaseException | None) -> None:
    """Free the frames in which an error was raised: they refer to the reader or the body that keeps the error."""
    if error is not None:
        error.__traceback__ = None
