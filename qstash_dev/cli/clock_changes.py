"""Days on which clocks change, and what that does to the runs of a schedule in a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from qstash_dev.protocol.cron import Cron
from qstash_dev.protocol.cron_match import next_match

_DAY_S = 86_400
# Of runs that are years apart, the first hundred years are looked at: each of their days is.
_MOST_DAYS = 36_525
_MINUTE = timedelta(minutes=1)


class ClockChange(NamedTuple):
    """A moment at which clocks show another time than the one that comes next. Times are those that clocks show."""

    at_ms: int  #: unix milliseconds
    shown: datetime  #: what clocks would show without the change
    instead: datetime  #: what they show
    matches: list[datetime]  #: times of the schedule that are skipped, or come twice
    runs_twice: bool  #: whether it runs both times when a time comes twice

    @property
    def forward(self) -> bool:
        """Whether times are skipped. Otherwise they come twice."""
        return self.instead > self.shown

    @property
    def sentence(self) -> str:
        """What happens, for people."""
        way = "forward" if self.forward else "back"
        told = f"{self.shown:%Y-%m-%d}: clocks go {way} from {self.shown:%H:%M} to {self.instead:%H:%M}: "
        if not self.matches:
            return told + f"runs after that are {'earlier' if self.forward else 'later'} in UTC"
        one = len(self.matches) == 1
        which = f"{self.matches[0]:%H:%M}" + ("" if one else f" to {self.matches[-1]:%H:%M}")
        if self.forward:
            left_out = "does not exist, there is no run" if one else "do not exist, these runs are left out"
            return f"{told}{which} {left_out}"
        often = "both times" if self.runs_twice else "the first time only"
        return f"{told}{which} {'comes' if one else 'come'} twice, it runs {often}"


def clock_changes(cron: Cron, zone: tzinfo, runs_ms: list[int], after_ms: int) -> list[ClockChange]:
    """The changes from ``after_ms`` to the last of these runs that concern the schedule: they skip or repeat one of
    its times, or a run with a fixed hour is on the same day."""
    days = {datetime.fromtimestamp(run_ms / 1_000, zone).date() for run_ms in runs_ms}
    is_hourly = cron.fields.split()[1] == "*"
    found = []
    for at in _changes(zone, after_ms // 1_000, runs_ms[-1] // 1_000 + 1):
        shown, instead = at + _offset(zone, at - timedelta(seconds=1)), at + _offset(zone, at)
        matches = list(_matches(cron.fields, min(shown, instead), max(shown, instead)))
        if matches or (not is_hourly and shown.date() in days):
            found.append(ClockChange(int(at.timestamp()) * 1_000, shown, instead, matches, is_hourly))
    return found


def _changes(zone: tzinfo, from_s: int, to_s: int) -> Iterator[datetime]:
    ends = [*range(from_s, min(to_s, from_s + _MOST_DAYS * _DAY_S), _DAY_S), to_s][: _MOST_DAYS + 1]
    for low, high in pairwise(ends):
        before = _offset_at(zone, low)
        if before == _offset_at(zone, high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset_at(zone, middle) == before else (low, middle)
        yield datetime.fromtimestamp(high, UTC)


def _offset_at(zone: tzinfo, at_s: int) -> timedelta:
    return _offset(zone, datetime.fromtimestamp(at_s, UTC))


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _matches(fields: str, first: datetime, end: datetime) -> Iterator[datetime]:
    wall = next_match(fields, first - _MINUTE)
    while wall is not None and wall < end:
        yield wall
        wall = next_match(fields, wall)
