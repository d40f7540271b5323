"""Fast publish: answers plain publishes ahead of aiohttp, at a fraction of the cost.

A request passes if :class:`HeadCache` knows what its head means. At the first request of any other kind the
connection is handed to aiohttp for good, with all that has come on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from qstash_dev.api.http.connections import Clients
from qstash_dev.api.http.head import check_begun
from qstash_dev.api.http.limits import Incoming
from qstash_dev.api.http.reader import RequestReader
from qstash_dev.api.shapes.error import Error
from qstash_dev.api.v2.head_cache import START, HeadCache, ParsedHead, answer
from qstash_dev.internal_errors import tell
from qstash_dev.protocol import errors
from qstash_dev.receiving import Receiver, let_go

MAX_HEAD_BYTES = 8_192
_END = b"\r\n\r\n"
# Longer waits for the rest of a request are left to aiohttp's handler, which has the deadlines.
_PATIENCE_S = 5.0
# How many requests that came at once are answered in one pass of the loop.
_BURST = range(16)

Connect = Callable[[], RequestReader]


class FastPublish(Receiver):
    """One connection, until a request comes that is no plain publish."""

    def __init__(self, heads: HeadCache, connect: Connect, incoming: Incoming, clients: Clients) -> None:
        self._heads = heads
        self._connect = connect
        self._incoming = incoming
        self.memory = incoming.memory
        self._clients = clients
        self._transport: Any = None
        self._came = b""
        self._plan: ParsedHead | None = None
        self._head = b""
        self._body: list[bytes] = []
        self._missing = 0
        self._kept = 0
        self._patience_s = 0.0
        self._caller_ip = ""
        self._is_read = True
        self._held = False

    @property
    def is_idle(self) -> bool:
        """Whether all requests that came are answered."""
        return not self._came and self._plan is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._caller_ip = peer[0] if isinstance(peer, tuple) else ""
        self._clients.add(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of one request, of a part of one, or of several."""
        try:
            if self._plan is not None:
                data = self._more_of_body(self._plan, data)
            if data:
                self._read(self._came + data if self._came else data)
            if self._came or self._plan is not None or self._patience_s:
                self._account()
        except Exception as error:
            tell("reading a request", error)
            self._end(errors.INTERNAL(reason=repr(error)[:200]))

    def eof_received(self) -> bool:
        """The client sends nothing more; an incomplete request is handed over."""
        if self._came or self._plan is not None:
            protocol = self._hand_over(self._unanswered())
            return bool(protocol.eof_received())
        return False

    def pause_writing(self) -> None:
        """The client does not read its answers, so its requests are not read either."""
        self._is_read = False
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_read = True
        self._transport.resume_reading()
        self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        self._clients.discard(self)
        self._forget()
        let_go(self._transport)

    def close(self) -> None:
        """End the connection when the client has read its answers."""
        self._transport.close()

    def abort(self) -> None:
        """End the connection now."""
        self._transport.abort()

    def _read(self, came: bytes) -> None:
        at = 0
        for _ in _BURST:
            end = came.find(_END, at, at + MAX_HEAD_BYTES)
            if end < 0 and self._may_go_on(came, at):
                break
            plan = self._heads.plan(came[at:end]) if end > at else None
            if plan is None:
                self._hand_over(came[at:])
                return
            start = end + len(_END)
            body = came[start : start + plan.length]
            if len(body) < plan.length:
                self._plan, self._missing, self._head = plan, plan.length - len(body), came[at:start]
                self._body = [body] if body else []
                at = len(came)
                break
            self._transport.write(self._heads.publish(plan, body, self._caller_ip))
            at = start + plan.length
            if at == len(came):
                break
        else:
            self._held = at < len(came)
            if self._held:
                self._transport.pause_reading()
                asyncio.get_running_loop().call_soon(self._go_on)
        self._came = came[at:]

    def _may_go_on(self, came: bytes, at: int) -> bool:
        """Whether this may become a plain publish when more has come."""
        begun = len(came) - at
        if begun >= MAX_HEAD_BYTES or came[at : at + len(START)] != START[:begun]:
            return False
        try:
            check_begun(came[at:])
        except errors.Rejection:
            return False
        return True

    def _go_on(self) -> None:
        """Answer the rest of what came at once, unless the connection has been handed over."""
        if self._held and self._is_read and self in self._clients and not self._transport.is_closing():
            came, self._came, self._held = self._came, b"", False
            self._transport.resume_reading()
            self.data_received(came)

    def _more_of_body(self, plan: ParsedHead, data: bytes) -> bytes:
        """Take the next piece of a body and return the rest. Pieces are joined only once, since they may be large."""
        piece, rest = data[: self._missing], data[self._missing :]
        self._body.append(piece)
        self._missing -= len(piece)
        if not self._missing:
            body = b"".join(self._body)
            self._forget()
            self._transport.write(self._heads.publish(plan, body, self._caller_ip))
        return rest

    def _account(self) -> None:
        """Count the bytes of an incomplete request, and wait for the rest for a limited time."""
        incoming, plan = self._incoming, self._plan
        size = len(self._came) if plan is None else plan.length - self._missing
        if size > self._kept and not incoming.has_room(size - self._kept):
            self._hand_over(self._unanswered())
            return
        incoming.bytes += size - self._kept
        self._kept = size
        waits = plan is not None or size > 0
        if waits and not self._patience_s:
            config = incoming.config
            self._patience_s = min(_PATIENCE_S, config.head_timeout_s, config.body_timeout_s)
            incoming.deadlines.enter(self._patience_s, incoming.now_s(), self._has_waited)
        elif not waits:
            self._forget()

    def _has_waited(self) -> None:
        self._patience_s = 0.0
        self._hand_over(self._unanswered())

    def _unanswered(self) -> bytes:
        return self._came if self._plan is None else b"".join([self._head, *self._body])

    def _forget(self) -> None:
        """Drop the bytes of a request that is answered or handed over."""
        self._came = self._head = b""
        self._plan, self._body, self._missing = None, [], 0
        self._incoming.bytes -= self._kept
        self._kept = 0
        if self._patience_s:
            self._incoming.deadlines.leave(self._patience_s, self._has_waited)
            self._patience_s = 0.0

    def _end(self, rejection: errors.Rejection) -> None:
        self._forget()
        self._transport.write(answer(rejection.status, Error(rejection.text), b"Connection: close\r\n"))
        self._transport.close()

    def _hand_over(self, came: bytes) -> RequestReader:
        self._forget()
        protocol = self._connect()
        self._clients.replace(self, protocol)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(came)
        return protocol
