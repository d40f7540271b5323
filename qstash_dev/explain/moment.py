"""What verdicts depend on besides their subject: the time, whether it goes on, and the calls in flight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice

from qstash_dev.broker.admission import Admission
from qstash_dev.protocol.duration import shown_duration
from qstash_dev.state.message import Message
from qstash_dev.state.wait_list import WaitList

MOST_AHEAD = 1_000
"""How many waiting messages are counted at most, so that a verdict takes less than a millisecond."""
_NAMED = 2

Calls = Callable[[], Iterator[tuple[Message, float]]]
"""The messages in flight, each with the seconds of real time since its call began, the oldest call first."""


class Moment:
    """The server at one time. ``stopped`` tells that its clock stands still."""

    def __init__(self, now_ms: int, admission: Admission, *, stopped: bool, calls: Calls) -> None:
        self.now_ms = now_ms
        self.admission = admission
        self.stopped = stopped
        self._calls = calls
        self._running: dict[Message, float] | None = None

    @property
    def running(self) -> dict[Message, float]:
        """The messages in flight, with the seconds of real time since their call began."""
        if self._running is None:
            self._running = dict(self._calls())
        return self._running

    def until(self, at_ms: int) -> str:
        """``in 14 s``, or ``now``."""
        return f"in {shown_duration(at_ms - self.now_ms)}" if at_ms > self.now_ms else "now"

    def clock_time(self, at_ms: int) -> str:
        """``14:02 UTC``, with the date unless it is that of today."""
        at, now = (datetime.fromtimestamp(ms / 1_000, UTC) for ms in (at_ms, self.now_ms))
        return f"{at:%H:%M} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"


def ahead(waiting: WaitList, message: Message) -> str:
    """``37 ahead``, or ``none ahead``."""
    count = waiting.ahead_of(message, MOST_AHEAD)
    return f"more than {MOST_AHEAD:,} ahead" if count is None else f"{count or 'none'} ahead"


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, or ``a, b and 7 more``."""
    shown = list(islice(names, _NAMED))
    if len(names) > _NAMED:
        return f"{', '.join(shown)} and {len(names) - _NAMED} more"
    return " and ".join(shown)
