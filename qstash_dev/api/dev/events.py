"""The stream of one user's events, as server-sent events (``GET /_dev/events``).

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import islice, takewhile

from aiohttp import web

from qstash_dev.api.dev.live_streams import STREAMS, Streams
from qstash_dev.api.dev.long_requests import WAITING
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.http.reader import RequestReader
from qstash_dev.protocol import errors
from qstash_dev.state.event_log import EventLog, LogEntry
from qstash_dev.state.refusals import Refusals

# What one reader may keep in memory beyond a single event.
MAX_BURST_BYTES = 256 * 1024
_MAX_BURST = 100

Send = Callable[[bytes], Awaitable[None]]


async def events(request: DevRequest) -> web.StreamResponse:
    """``GET /_dev/events``: the events of one user, from now on or after ``Last-Event-ID``.

    A client that reads too slowly misses what the log has dropped meanwhile; an event ``gap`` tells it. One that
    does not read at all is dropped when all streams together hold too much.

    Events ``refusal`` are calls of the user that were refused, and those without a valid token: whose they are is
    not known. They come as they happen only, ``/_dev/refusals`` lists those before.
    """
    tenant, streams = request.tenant(), request.http.config_dict[STREAMS]
    log, refused = tenant.log, (tenant.refusals, request.services.broker.tenants.unknown)
    reader = Reader(log, _last_seen(request, log.last_seq), streams)
    refusals = [RefusalReader(one, streams) for one in refused]
    keep_alive_s = request.services.config.limits.keep_alive_s

    async def follow(send: Send) -> None:
        await send(b": connected\n\n")
        while True:
            if chunk := reader.read() + b"".join([one.read() for one in refusals]):
                await send(chunk)
            elif not await streams.news((log, *refused), keep_alive_s):
                await send(b": still here\n\n")

    return await streamed(request.http, follow)


async def streamed(request: web.Request, follow: Callable[[Send], Awaitable[None]]) -> web.StreamResponse:
    """A stream of server-sent events for as long as ``follow`` sends any, or the server runs."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    if isinstance(request.protocol, RequestReader):
        request.protocol.streams = True
    try:
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        await follow(partial(_write, request, response))
    except asyncio.CancelledError:
        if not request.config_dict[WAITING].is_over:
            raise
    # The end of the server is the end of the stream, not an accident.
    return response


def last_event_id(request: web.Request) -> str:
    """The event that the reader says it has seen last, empty if it says none."""
    return request.headers.get("Last-Event-ID", request.query.get("lastEventId", ""))


class Reader:
    """Reads the log from behind ``last_seq`` on, in portions."""

    def __init__(self, log: EventLog, last_seq: int, streams: Streams) -> None:
        self._log = log
        self._streams = streams
        self._last_seq = last_seq

    def read(self) -> bytes:
        """The next events as they are sent; nothing if there are none yet."""
        parts: list[bytes] = []
        size = 0
        for entry in self._unread():
            parts.append(self._gap(entry.seq - 1) + self._streams.event(entry))
            self._last_seq = entry.seq
            size += len(parts[-1])
            if size >= MAX_BURST_BYTES:
                return b"".join(parts)
        if not parts:
            # What came later may all be forgotten already, as after a reset.
            return self._gap(self._log.last_seq)
        return b"".join(parts)

    def _unread(self) -> Iterator[LogEntry]:
        return islice(self._log.walk(latest_first=False, after=self._last_seq), _MAX_BURST)

    def _gap(self, seq: int) -> bytes:
        missed = seq - self._last_seq
        if missed <= 0:
            return b""
        self._last_seq = seq
        return f'event: gap\nid: {seq}\ndata: {{"missed":{missed}}}\n\n'.encode()


class RefusalReader:
    """Reads the calls that are refused from now on, in portions. Of one that has changed several times it reads the
    latest count."""

    def __init__(self, refusals: Refusals, streams: Streams) -> None:
        self._refusals = refusals
        self._streams = streams
        self._last_change = refusals.changes

    def read(self) -> bytes:
        """The next ones as they are sent; nothing if there are none yet."""
        if self._last_change == self._refusals.changes:
            return b""
        changed = [*takewhile(lambda one: one.change > self._last_change, self._refusals.newest_first())]
        parts: list[bytes] = []
        size = 0
        while changed and size < MAX_BURST_BYTES and len(parts) < _MAX_BURST:
            refusal = changed.pop()
            parts.append(self._streams.refusal(refusal))
            self._last_change = refusal.change
            size += len(parts[-1])
        if not changed:
            self._last_change = self._refusals.changes
        return b"".join(parts)


async def _write(request: web.Request, response: web.StreamResponse, chunk: bytes) -> None:
    try:
        if chunk:
            await request.config_dict[STREAMS].write(request, response, chunk)
    except asyncio.CancelledError:
        # The reader has stopped reading: the rest could not be sent either.
        if request.transport is not None:
            request.transport.abort()
        raise


def _last_seen(request: DevRequest, latest: int) -> int:
    text = last_event_id(request.http)
    if not text:
        return latest
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise errors.INVALID_PARAMETER(
            name="Last-Event-ID", reason="use the id of an event of this stream", value=text[:100]
        )
    # An id that is still to come is that of an earlier server: everything is new to its reader.
    return int(text) if int(text) <= latest else 0
