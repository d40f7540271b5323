"""Live streams: their turns, their limit of memory, and the events encoded last, shared by all of a server.

Hundreds may follow one log, and some are never read. An event wakes a few at a time; what one has not taken yet is
held for it, and when all hold too much, the one that has been behind for longest is dropped: it comes back with
``Last-Event-ID``.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from functools import partial

from aiohttp import web
from msgspec.structs import asdict

from qstash_dev.api.dev.messages import shown_notice
from qstash_dev.api.dev.refusals import refusal_event
from qstash_dev.api.request import SERVICES, encoded
from qstash_dev.api.shapes.dev_parts import Warning
from qstash_dev.api.shapes.dev_streams import NoticeEvent, RunEvent, WarningEvent
from qstash_dev.api.v2.event_page import EventPage
from qstash_dev.state.event_log import EventLog, LogEntry
from qstash_dev.state.refusals import Refusal, Refusals
from qstash_dev.state.run import RunState

# Streams that are woken in one pass of the loop. Deliveries take turns with them.
AT_ONCE = 1
# Events within this time are sent together: people do not see the difference, and each wakes every stream.
_GATHER_S = 0.02
_PIECE_BYTES = 64 * 1024
_ENCODED_BYTES = 4 * 1024 * 1024

Sources = tuple[EventLog | Refusals, ...]


class Streams:
    """The streams of one server."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held: dict[web.StreamResponse, tuple[web.Request, int]] = {}
        self._held_bytes = 0
        self._turns = _Turns()
        self._news: dict[Sources, _News] = {}
        self._encoded = _Encoded()

    @property
    def held_bytes(self) -> int:
        """What waits to be taken by the readers of all streams."""
        return self._held_bytes

    async def news(self, sources: Sources, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` until something happens in one of these; returns whether it did."""
        news = self._news.get(sources)
        if news is None:
            self._news[sources] = news = _News(sources, self._turns, self._news)
        return await news.wait(timeout_s)

    def event(self, entry: LogEntry) -> bytes:
        """An event as it is sent."""
        return self._encoded.get(entry, partial(_written, entry))

    def refusal(self, refusal: Refusal) -> bytes:
        """A refused call as it is sent."""
        return self._encoded.get((refusal, refusal.change), partial(refusal_event, refusal))

    async def write(self, request: web.Request, response: web.StreamResponse, chunk: bytes) -> None:
        """Send something, and wait until the reader has taken it but for a little."""
        self._hold(request, response, len(chunk))
        try:
            view = memoryview(chunk)
            for start in range(0, len(chunk), _PIECE_BYTES):
                await response.write(view[start : start + _PIECE_BYTES])
        finally:
            self._release(response)

    def _hold(self, request: web.Request, response: web.StreamResponse, size: int) -> None:
        self._held[response] = (request, size)
        self._held_bytes += size
        while self._held_bytes > self._most_bytes and (longest := next(iter(self._held))) is not response:
            behind, _ = self._held[longest]
            self._release(longest)
            if behind.transport is not None:
                behind.transport.abort()

    def _release(self, response: web.StreamResponse) -> None:
        _, size = self._held.pop(response, (None, 0))
        self._held_bytes -= size


class _Turns:
    """Lets a few go on in each pass of the loop, in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self._going = False

    def add(self, futures: Iterable[asyncio.Future[bool]]) -> None:
        self._waiting += futures
        if not self._going:
            self._pass()

    def _pass(self) -> None:
        left = AT_ONCE
        while self._waiting and left:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(True)
                left -= 1
        self._going = bool(self._waiting)
        if self._going:
            asyncio.get_running_loop().call_soon(self._pass)


class _News:
    """Those who wait for something to happen in the same logs: it is told of by one subscriber for all."""

    def __init__(self, sources: Sources, turns: _Turns, known: dict[Sources, _News]) -> None:
        self._sources = sources
        self._turns = turns
        self._known = known
        self._waiting: dict[asyncio.Future[bool], None] = {}
        self._telling = False
        for source in sources:
            source.subscribers.append(self._happened)

    async def wait(self, timeout_s: float) -> bool:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        self._waiting[future] = None
        timer = loop.call_later(timeout_s, _time_is_up, future)
        try:
            return await future
        finally:
            timer.cancel()
            self._waiting.pop(future, None)
            self._leave()

    def _happened(self, _: LogEntry | Refusal) -> None:
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_later(_GATHER_S, self._tell)

    def _tell(self) -> None:
        self._telling = False
        waiting, self._waiting = self._waiting, {}
        self._turns.add(waiting)
        self._leave()

    def _leave(self) -> None:
        if not self._waiting and not self._telling and self._known.get(self._sources) is self:
            del self._known[self._sources]
            for source in self._sources:
                source.subscribers.remove(self._happened)


class _Encoded:
    """Events as they were sent last: who follows the log gets the same."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, entry: Hashable, written: Callable[[], bytes]) -> bytes:
        known = self._known.get(entry)
        if known is None:
            self._known[entry] = known = written()
            self._bytes += len(known)
            while self._bytes > _ENCODED_BYTES and len(self._known) > 1:
                self._bytes -= len(self._known.popitem(last=False)[1])
        return known


STREAMS = web.AppKey("streams", Streams)


def add_streams(app: web.Application) -> None:
    """Let the application have live streams."""
    app[STREAMS] = Streams(app[SERVICES].config.max_stream_bytes)


def _time_is_up(future: asyncio.Future[bool]) -> None:
    if not future.done():
        future.set_result(False)


def _written(entry: LogEntry) -> bytes:
    event, kind = EventPage().event(entry), b""
    # With event names of their own, so that a reader that counts states of messages does not count CREATED twice.
    if entry.warning is not None:
        warning = Warning(entry.warning.code, entry.warning.text, entry.warning.todo)
        kind, event = b"event: warning\n", WarningEvent(**asdict(event), warning=warning)
    elif entry.notice is not None:
        kind, event = b"event: notice\n", NoticeEvent(**asdict(event), notice=shown_notice(entry.notice))
    elif entry.run_state is not None:
        kind, event = b"event: run\n", RunEvent(**asdict(event), workflow_state=RunState(entry.run_state))
    return b"%sid: %d\ndata: %s\n\n" % (kind, entry.seq, encoded(event))
