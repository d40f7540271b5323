"""Cron times where clocks change, compared with a check of every minute of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qstash_dev.protocol.cron import Cron, parse_cron
from tests.protocol.properties import PROPERTY

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
ZONES = (BERLIN, NEW_YORK, LORD_HOWE, "UTC")


def ms(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def firings(cron: Cron, start: datetime, end: datetime) -> list[datetime]:
    found, at_ms = [], ms(start)
    while (next_ms := cron.next_fire_ms(at_ms)) is not None and next_ms <= ms(end):
        assert next_ms > at_ms
        found.append(datetime.fromtimestamp(next_ms // 1_000, UTC))
        at_ms = next_ms
    return found


def wall_clock(zone: str, expression: str, start: str, end: str) -> list[str]:
    """When it fires, as clocks in the zone show it with their distance from UTC."""
    found = firings(parse_cron(f"CRON_TZ={zone} {expression}"), utc(start), utc(end))
    return [f"{instant.astimezone(ZoneInfo(zone)):%d %H:%M%z}" for instant in found]


@pytest.mark.parametrize(
    ("zone", "expression", "start", "end", "expected"),
    [
        # 2026-03-29, 02:00 becomes 03:00.
        (BERLIN, "30 2 * * *", "2026-03-28T00:00", "2026-03-31T00:00", ["28 02:30+0100", "30 02:30+0200"]),
        (BERLIN, "0 2,3 * * *", "2026-03-28T22:00", "2026-03-29T22:00", ["29 03:00+0200"]),
        (BERLIN, "0 * * * *", "2026-03-28T23:30", "2026-03-29T01:30", ["29 01:00+0100", "29 03:00+0200"]),
        (BERLIN, "30 1 * * *", "2026-03-28T20:00", "2026-03-29T20:00", ["29 01:30+0100"]),
        # 2026-10-25, 03:00 becomes 02:00.
        (BERLIN, "30 2 * * *", "2026-10-24T20:00", "2026-10-26T20:00", ["25 02:30+0200", "26 02:30+0100"]),
        (BERLIN, "30 * * * *", "2026-10-25T00:00", "2026-10-25T02:00", ["25 02:30+0200", "25 02:30+0100"]),
        (BERLIN, "30 */1 * * *", "2026-10-25T00:00", "2026-10-25T02:00", ["25 02:30+0200", "25 02:30+0100"]),
        (BERLIN, "0 3 * * *", "2026-10-24T20:00", "2026-10-25T20:00", ["25 03:00+0100"]),
        # 2026-03-08, 02:00 becomes 03:00; 2026-11-01, 02:00 becomes 01:00.
        (NEW_YORK, "15 2 * * *", "2026-03-07T12:00", "2026-03-09T12:00", ["09 02:15-0400"]),
        (NEW_YORK, "15 1 * * *", "2026-10-31T12:00", "2026-11-02T12:00", ["01 01:15-0400", "02 01:15-0500"]),
        (NEW_YORK, "*/30 1 * * *", "2026-11-01T00:00", "2026-11-02T00:00", ["01 01:00-0400", "01 01:30-0400"]),
        # Half an hour: 2026-04-05, 02:00 becomes 01:30; 2026-10-04, 02:00 becomes 02:30.
        (LORD_HOWE, "45 1 * * *", "2026-04-04T12:00", "2026-04-05T20:00", ["05 01:45+1100", "06 01:45+1030"]),
        (LORD_HOWE, "15 1 * * *", "2026-04-04T12:00", "2026-04-05T12:00", ["05 01:15+1100"]),
        (LORD_HOWE, "15,45 2 * * *", "2026-10-03T12:00", "2026-10-04T12:00", ["04 02:45+1100"]),
        (LORD_HOWE, "*/30 * * * *", "2026-04-04T14:00", "2026-04-04T15:00", ["05 01:30+1100", "05 01:30+1030"]),
    ],
)  # fmt: skip
def test_clocks_that_change(zone: str, expression: str, start: str, end: str, expected: list[str]) -> None:
    assert wall_clock(zone, expression, start, end) == expected


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("30 2 25 10 *", "2026-01-01T00:00", "2026-10-25T00:30"),
        ("30 2 25 10 *", "2026-07-01T00:00", "2026-10-25T00:30"),
        ("0 2,3 29 3 *", "2025-07-01T00:00", "2026-03-29T01:00"),
        ("0 2,3 29 3 *", "2026-01-01T00:00", "2026-03-29T01:00"),
    ],
)
def test_a_change_of_clocks_that_is_months_away(expression: str, after: str, expected: str) -> None:
    cron = parse_cron(f"CRON_TZ={BERLIN} {expression}")
    assert cron.next_fire_ms(ms(utc(after))) == ms(utc(expected))


class Calendar:
    """The oracle: goes through the days in the zone and asks the zone about each wall-clock minute that fits."""

    def __init__(self, zone: str, fields: tuple[frozenset[int] | None, ...]) -> None:
        self.zone = ZoneInfo(zone)
        self.minutes, self.hours, self.days, self.months, self.weekdays = fields

    @property
    def text(self) -> str:
        fields = (self.minutes, self.hours, self.days, self.months, self.weekdays)
        parts = ["*" if field is None else ",".join(map(str, sorted(field))) for field in fields]
        return f"CRON_TZ={self.zone.key} {' '.join(parts)}"

    def fits(self, day: date) -> bool:
        if self.months is not None and day.month not in self.months:
            return False
        in_month = self.days is None or day.day in self.days
        in_week = self.weekdays is None or day.isoweekday() % 7 in self.weekdays
        return (in_month or in_week) if self.days and self.weekdays else (in_month and in_week)

    def firings_on(self, day: date) -> list[datetime]:
        found = set()
        for hour in range(24) if self.hours is None else self.hours:
            for minute in range(60) if self.minutes is None else self.minutes:
                for fold in (0, 1) if self.hours is None else (0,):
                    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone, fold=fold)
                    instant = local.astimezone(UTC)
                    if instant.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                        found.add(instant)
        return sorted(found)

    def next(self, after: datetime) -> datetime:
        day = after.astimezone(self.zone).date() - timedelta(days=1)
        while True:
            later = [instant for instant in self.firings_on(day) if instant > after] if self.fits(day) else []
            if later:
                return later[0]
            day += timedelta(days=1)


def some(lowest: int, highest: int, most: int) -> st.SearchStrategy[frozenset[int] | None]:
    return st.none() | st.frozensets(st.integers(lowest, highest), min_size=1, max_size=most)


FIELDS = st.tuples(some(0, 59, 3), some(0, 4, 3), some(1, 28, 4), some(1, 12, 4), some(0, 6, 3))
# Two days on either side of the changes of 2026 in each zone, and any time of the year.
CHANGES = {
    BERLIN: ("2026-03-29T01:00", "2026-10-25T01:00"),
    NEW_YORK: ("2026-03-08T07:00", "2026-11-01T06:00"),
    LORD_HOWE: ("2026-04-04T15:00", "2026-10-03T15:30"),
    "UTC": ("2026-03-29T01:00", "2026-01-01T00:00"),
}
NEAR_A_CHANGE = st.sampled_from([(zone, utc(change)) for zone in ZONES for change in CHANGES[zone]])
SECONDS = st.integers(-2 * 86_400, 2 * 86_400) | st.integers(-180 * 86_400, 180 * 86_400)


@PROPERTY
@given(NEAR_A_CHANGE, SECONDS, FIELDS)
@example((BERLIN, utc("2026-10-25T01:00")), -200 * 86_400, (frozenset({30}), frozenset({2}), None, None, None))
def test_schedules_fire_when_the_calendar_says(
    near: tuple[str, datetime], seconds: int, fields: tuple[frozenset[int] | None, ...]
) -> None:
    (zone, change), calendar = near, Calendar(near[0], fields)
    cron, after = parse_cron(calendar.text), change + timedelta(seconds=seconds)
    for _ in range(4):
        expected = calendar.next(after)
        found_ms = cron.next_fire_ms(ms(after))
        assert found_ms == ms(expected), f"{calendar.text} after {after} in {zone}"
        after = expected


@PROPERTY
@given(NEAR_A_CHANGE, some(0, 59, 3), st.frozensets(st.integers(0, 4), min_size=1, max_size=4))
def test_a_schedule_with_fixed_hours_never_fires_twice_in_a_wall_clock_minute(
    near: tuple[str, datetime], minutes: frozenset[int] | None, hours: frozenset[int]
) -> None:
    zone, change = near
    cron = parse_cron(Calendar(zone, (minutes, hours, None, None, None)).text)
    found = firings(cron, change - timedelta(days=1), change + timedelta(days=1))
    shown = [instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) for instant in found]
    assert all(time.second == 0 and time.hour in hours for time in shown)
    assert shown == sorted(set(shown))


@PROPERTY
@given(NEAR_A_CHANGE, SECONDS, st.integers(0, 200_000), FIELDS)
def test_asking_later_never_brings_an_earlier_firing(
    near: tuple[str, datetime], seconds: int, later_ms: int, fields: tuple[frozenset[int] | None, ...]
) -> None:
    cron = parse_cron(Calendar(near[0], fields).text)
    after_ms = ms(near[1]) + seconds * 1_000
    first, second = cron.next_fire_ms(after_ms), cron.next_fire_ms(after_ms + later_ms)
    assert first is not None
    assert second is not None
    assert after_ms < first <= second
    assert first % 60_000 == 0
    assert second == first or first <= after_ms + later_ms
