"""aiohttp's handler of one connection: what it gets is checked, bounded and in slices, and every error is told in the
API's own form."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from qstash_dev.api.http.connections import Clients
from qstash_dev.api.http.framing import Framing
from qstash_dev.api.http.head import bad
from qstash_dev.api.http.limits import Incoming, Reading
from qstash_dev.internal_errors import tell
from qstash_dev.protocol import errors

# So much is passed on in one pass of the loop.
_PIECES = 4
# What no parser takes for a request: the answer to it is ours.
_NO_REQUEST = b"\x00\r\n\r\n"


class RequestReader(web.RequestHandler):
    """One connection.

    ``reading`` is the body that a handler reads. An answer that ``streams`` ends when the client sends no more.
    """

    def __init__(self, incoming: Incoming, clients: Clients, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reading: Reading | None = None
        self.streams = False
        self.refusal: errors.Rejection | None = None
        self._incoming = incoming
        self._clients = clients
        self._framing = Framing()
        self._kept = 0
        # The next request is passed on when the answer to this one begins: what aiohttp refuses is the last.
        self._is_unanswered = False
        self._watched_head = -1
        self._scheduled = self._ended = self._leaves = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing has come that is not answered."""
        return self._waiter is not None and not self._framing.kept_bytes and not self._framing.in_body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected, or its connection has been handed over."""
        self._clients.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client is gone."""
        self._clients.discard(self)
        self._keep(0)
        self._unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes that have come; none if aiohttp, which has paused, goes on."""
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
        """The client sends nothing more, but it may wait for what it has asked for."""
        if self.streams:
            return None
        self._ended = True
        self._end_if_all_is_passed_on()
        return True

    def answered(self, content: StreamReader) -> None:
        """An answer begins: the next request may come. ``content`` is the body, for which nobody need wait if the
        rest of it cannot be read."""
        self._is_unanswered = False
        if self.refusal is not None and not content.is_eof():
            content.set_exception(self.refusal)
        if self._framing.has_more or self._ended:
            self._schedule()

    def close(self) -> None:
        """Close when the request in progress is answered. Without one close now, which aiohttp would not do:
        it only stops reading, and a client on a kept-alive connection would wait for nothing."""
        idle = self._waiter is not None
        super().close()
        if idle and self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Nothing to do: the runner ends what is under way, in the time that it has for it."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that could not be read, then close the connection."""
        if self._leaves or isinstance(exc, ConnectionError):
            raise ConnectionError("nothing more comes on this connection")
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun, an error cannot follow")
        rejection = self.refusal if isinstance(exc, HttpProcessingError) else None
        if rejection is None:
            # What aiohttp says is passed on, never looked at.
            rejection = bad((message or str(exc) or "it cannot be read").replace("\n", " ")[:500])
        text = json.dumps({"error": rejection.text})
        response = web.Response(status=rejection.status, text=text, content_type="application/json")
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """One line, where aiohttp would write a traceback."""
        error = kw.get("exc_info")
        if isinstance(error, BaseException) and not isinstance(error, errors.Rejection):
            tell("answering a request", error)

    def _pass_on(self) -> None:
        framing = self._framing
        for _ in range(_PIECES):
            # aiohttp reads no body faster than its handler does.
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
        """Heads that come whole, as nearly all do, need no deadline."""
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
        """Answer so what cannot be read, after all that was read before, and listen no more."""
        if self.refusal is not None:
            return
        self.refusal = rejection
        self._keep(0)
        self._unwatch()
        if not self._framing.in_body:
            super().data_received(_NO_REQUEST)
        elif self.reading is not None:
            self.reading.fail(rejection)
