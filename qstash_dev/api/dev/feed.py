"""The stream of messages that changed, as server-sent events (``GET /_dev/feed``).

Unlike ``/_dev/events`` it has no bodies and tells each message once per frame, however much has happened to it,
and there are at most ten frames a second, as many as a person can read.
"""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import takewhile

from aiohttp import web
from msgspec.structs import replace

from qstash_dev import ids
from qstash_dev.api.dev.clock import shown_clock
from qstash_dev.api.dev.events import Send, last_event_id, streamed
from qstash_dev.api.dev.live_streams import STREAMS, Streams
from qstash_dev.api.dev.messages import summary
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.server import status
from qstash_dev.api.request import SERVICES, Services, encoded
from qstash_dev.api.shapes.dev_server import ServerStatus
from qstash_dev.api.shapes.dev_streams import FeedChange, FeedGap
from qstash_dev.api.shapes.fields import UNSET, Maybe
from qstash_dev.config import Limits
from qstash_dev.state.event_log import EventLog
from qstash_dev.state.message import Message

FRAME_S = 0.1
STATUS_S = 1.0
# Tells the frames of this server from those of an earlier one on the same port.
FEED_MARK: web.AppKey[str] = web.AppKey("feed_mark")


def add_feed(app: web.Application) -> None:
    """Let the application serve feeds."""
    app[FEED_MARK] = ids.token_id()
    app[BOARD] = Board(app[SERVICES])


async def feed(request: DevRequest) -> web.StreamResponse:
    """``GET /_dev/feed``: the messages that change and the status, from now on or after ``Last-Event-ID``.

    ``more`` counts changed messages that a frame leaves out, the oldest; an event ``gap`` means that what
    happened meanwhile is not known any more, as after a reset, a restart, or a long absence.
    """
    log = request.tenant().log
    app, limits = request.http.config_dict, request.services.config.limits
    changes = Changes(log, app[FEED_MARK], last_event_id(request.http), limits)
    news = _Status(app[BOARD], request.services)
    return await streamed(request.http, partial(_follow, changes, news, app[STREAMS], limits.keep_alive_s))


async def _follow(changes: Changes, news: _Status, streams: Streams, keep_alive_s: float, send: Send) -> None:
    quiet_s = 0.0
    while True:
        frame = changes.read(news.read())
        quiet_s = 0.0 if frame else quiet_s + STATUS_S
        if not frame and quiet_s >= keep_alive_s:
            frame, quiet_s = b": still here\n\n", 0.0
        if frame:
            await send(frame)
        await asyncio.sleep(FRAME_S)
        await changes.soon(streams, STATUS_S)


class Changes:
    """The changes of a log since it was read last. ``position`` is the id of the last event that a reader got, empty
    for a new reader."""

    def __init__(self, log: EventLog, mark: str, position: str, limits: Limits) -> None:
        self._log = log
        self._most = limits.feed_messages
        self._mark = mark
        self._seq = log.last_seq
        self._clears = log.clears
        self._lost = False
        if position:
            before, _, seq = position.rpartition("-")
            self._lost = before != f"{mark}-{log.clears}" or not (seq.isascii() and seq.isdigit() and len(seq) < 19)
            self._seq = log.last_seq if self._lost else int(seq)

    def read(self, status: Maybe[ServerStatus]) -> bytes:
        """The next frame, with the status if it is given; nothing if there is nothing to tell."""
        log, gap = self._log, b""
        if self._lost or self._clears != log.clears or log.first_seq > self._seq + 1:
            self._lost, self._clears, self._seq = False, log.clears, log.last_seq
            gap = self._frame("gap", FeedGap())
        changed = self._changed()
        self._seq = log.last_seq
        if not changed and status is UNSET:
            return gap
        change = FeedChange(self._seq, status=status)
        if changed:
            change.messages = [summary(message) for message in list(changed)[: self._most]]
            change.more = len(changed) - len(change.messages)
        return gap + self._frame("change", change)

    async def soon(self, streams: Streams, timeout_s: float) -> None:
        """Wait until something happens, at most ``timeout_s``. Watching does not slow down deliveries."""
        if self._seq == self._log.last_seq and self._clears == self._log.clears:
            await streams.news((self._log,), timeout_s)

    def _changed(self) -> dict[Message, None]:
        """The messages with later entries, the latest first."""
        entries = takewhile(lambda entry: entry.seq > self._seq, self._log.walk(latest_first=True))
        return dict.fromkeys(entry.message for entry in entries)

    def _frame(self, event: str, data: FeedChange | FeedGap) -> bytes:
        id = f"{self._mark}-{self._clears}-{self._seq}"
        return f"event: {event}\nid: {id}\n".encode() + b"data: %s\n\n" % encoded(data)


class Board:
    """The status as all feeds tell it: made once for all that ask within a tenth of a second."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._next_s = 0.0
        self._mark: object = None
        self._status: Maybe[ServerStatus] = UNSET
        self.made = 0

    def read(self) -> tuple[object, Maybe[ServerStatus]]:
        """The status, with a mark that differs if the status may differ."""
        now_s = self._services.clock.monotonic_s()
        if now_s >= self._next_s:
            self._next_s = now_s + FRAME_S
            if (mark := self._latest()) != self._mark:
                self._mark, self._status = mark, status(self._services)
                self.made += 1
        return self._mark, self._status

    def _latest(self) -> object:
        """Values of which one changes with every change of the status."""
        services = self._services
        clock, tenants = services.clock, services.broker.tenants
        runs = clock.scale == 1.0 and not clock.paused
        time = round(clock.offset_ms() / 1_000) if runs else clock.now_ms()
        logs = [(tenant.log.last_seq, tenant.log.clears, len(tenant.dead_letters)) for tenant in tenants.all()]
        refused = [refusals.changes for refusals in tenants.all_refusals()]
        due, mappings = services.broker.timers.changes, tuple(services.mappings.all)
        dev = (services.inboxes.changes, services.faults.changes, mappings)
        journey = services.travel.journey
        travel = None if journey is None else (journey.steps, int(journey.elapsed_s))
        return (clock.paused, clock.scale, time, logs, refused, due, dev, tenants.writes, travel)


class _Status:
    """The status for one feed, at most once a second and only if it may have changed.

    It is sent after every call that may have changed something, so that pages of queues and schedules read again.
    """

    def __init__(self, board: Board, services: Services) -> None:
        self._board = board
        self._services = services
        self._next_s = 0.0
        self._mark: object = None

    def read(self) -> Maybe[ServerStatus]:
        """The status, if it may be another one, with the present time."""
        clock = self._services.clock
        now_s = clock.monotonic_s()
        if now_s < self._next_s:
            return UNSET
        mark, latest = self._board.read()
        if mark == self._mark:
            return UNSET
        self._next_s, self._mark = now_s + STATUS_S, mark
        # The board may have been written long before this reader came.
        return UNSET if latest is UNSET else replace(latest, clock=shown_clock(clock, self._services.travel))


BOARD = web.AppKey("board", Board)
