"""The minutes that a cron expression matches, compared with a check of every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.cron_match import next_match
from tests.protocol.properties import PROPERTY

SUNDAY = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "after", "found"),
    [
        ("* * * * *", "2026-03-01T12:00:00", "2026-03-01T12:01:00"),
        ("* * * * *", "2026-03-01T12:00:59.999", "2026-03-01T12:01:00"),
        ("* * * * *", "2025-12-31T23:59:30", "2026-01-01T00:00:00"),
        ("0,30 * * * *", "2026-03-01T12:30:00", "2026-03-01T13:00:00"),
        ("30 8 * * *", "2026-03-01T08:30:00", "2026-03-02T08:30:00"),
        ("30 8,20 * * *", "2026-03-01T08:30:00", "2026-03-01T20:30:00"),
        ("0 0 1 * *", "2026-03-01T00:00:00", "2026-04-01T00:00:00"),
        ("0 0 31 * *", "2026-03-31T00:00:00", "2026-05-31T00:00:00"),
        ("0 0 29 2 *", "2026-03-01T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 29 2 *", "2096-03-01T00:00:00", "2104-02-29T00:00:00"),
        ("0 0 * * 0", "2026-03-01T00:00:00", "2026-03-08T00:00:00"),
        ("0 0 * * 1,6", "2026-03-01T00:00:00", "2026-03-02T00:00:00"),
        # Where both are restricted, either will do.
        ("0 0 13 * 5", "2026-03-01T00:00:00", "2026-03-06T00:00:00"),
        ("0 0 3 * 5", "2026-03-01T00:00:00", "2026-03-03T00:00:00"),
        ("0 0 * 12 5", "2026-03-01T00:00:00", "2026-12-04T00:00:00"),
    ],
)
def test_the_next_minute_that_matches(fields: str, after: str, found: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert next_match(fields, moment) == datetime.fromisoformat(found).replace(tzinfo=UTC)


@pytest.mark.parametrize("fields", ["0 0 30 2 *", "0 0 31 4,6,9,11 *"])
def test_a_day_that_no_month_has_never_comes(fields: str) -> None:
    assert next_match(fields, SUNDAY) is None


def numbers(lowest: int, highest: int) -> st.SearchStrategy[str]:
    some = st.sets(st.integers(lowest, highest), min_size=1, max_size=4)
    every = st.just(set(range(lowest, highest + 1)))
    return st.just("*") | (some | every).map(lambda chosen: ",".join(map(str, sorted(chosen))))


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@PROPERTY
@given(st.tuples(numbers(0, 59), numbers(0, 23)), MOMENTS)
def test_no_minute_is_left_out(times: tuple[str, str], after: datetime) -> None:
    found = next_match(f"{times[0]} {times[1]} * * *", after)
    assert found is not None
    assert after < found <= after + timedelta(days=1, minutes=1)
    minutes, hours = (None if text == "*" else set(map(int, text.split(","))) for text in times)
    step = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while step < found:
        assert (minutes is not None and step.minute not in minutes) or (hours is not None and step.hour not in hours)
        step += timedelta(minutes=1)
