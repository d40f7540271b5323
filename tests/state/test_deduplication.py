"""Deduplication ids and their window of ten minutes."""

from __future__ import annotations

import tracemalloc

import pytest

from qstash_dev.state.deduplication import PURGED_AT_ONCE, Deduplication
from tests.conftest import NOON_MS
from tests.state.support import cpu_s

TEN_MINUTES_MS = 600_000


def make(most: int = 1_000_000) -> Deduplication:
    return Deduplication(most)


@pytest.mark.parametrize(
    ("later_ms", "known"),
    [(0, "msg_1"), (1, "msg_1"), (TEN_MINUTES_MS - 1, "msg_1"), (TEN_MINUTES_MS, None), (TEN_MINUTES_MS + 1, None)],
)
def test_an_id_is_known_for_ten_minutes(later_ms: int, known: str | None) -> None:
    deduplication = make()
    deduplication.remember("id", "msg_1", NOON_MS)
    assert deduplication.known("id", NOON_MS + later_ms) == known


def test_another_id_is_unknown() -> None:
    deduplication = make()
    assert deduplication.known("id", NOON_MS) is None
    deduplication.remember("id", "msg_1", NOON_MS)
    assert deduplication.known("other", NOON_MS) is None


def test_asking_does_not_prolong_the_window() -> None:
    deduplication = make()
    deduplication.remember("id", "msg_1", NOON_MS)
    assert deduplication.known("id", NOON_MS + TEN_MINUTES_MS - 1) == "msg_1"
    assert deduplication.known("id", NOON_MS + TEN_MINUTES_MS) is None


def test_after_the_window_an_id_starts_a_new_one() -> None:
    deduplication = make()
    deduplication.remember("id", "msg_1", NOON_MS)
    later = NOON_MS + TEN_MINUTES_MS
    assert deduplication.known("id", later) is None
    deduplication.remember("id", "msg_2", later)
    assert deduplication.known("id", later + TEN_MINUTES_MS - 1) == "msg_2"


def test_expired_ids_leave_some_at_a_time_so_that_no_use_takes_long() -> None:
    deduplication = make()
    count = 2 * PURGED_AT_ONCE + 50
    for number in range(count):
        deduplication.remember(f"id-{number}", f"msg_{number}", NOON_MS + number)
    left = []
    for _ in range(4):
        assert deduplication.known(f"id-{count - 1}", NOON_MS + TEN_MINUTES_MS + count - 2) == f"msg_{count - 1}"
        left.append(len(deduplication))
    assert left == [count - PURGED_AT_ONCE, count - 2 * PURGED_AT_ONCE, 1, 1]


def test_an_expired_id_that_is_not_forgotten_yet_starts_a_new_window() -> None:
    deduplication = make()
    for number in range(3 * PURGED_AT_ONCE):
        deduplication.remember(f"id-{number}", "before", NOON_MS)
    last, later = f"id-{3 * PURGED_AT_ONCE - 1}", NOON_MS + TEN_MINUTES_MS
    assert deduplication.known(last, later) is None
    deduplication.remember(last, "after", later)
    for _ in range(3):
        assert deduplication.known(last, later) == "after"
    assert len(deduplication) == 1


def test_beyond_so_many_ids_the_oldest_is_forgotten() -> None:
    deduplication = make(2)
    for id in "abc":
        deduplication.remember(id, f"msg_{id}", NOON_MS)
    assert [deduplication.known(id, NOON_MS) for id in "abc"] == [None, "msg_b", "msg_c"]


def test_a_long_id_keeps_no_more_than_a_short_one() -> None:
    deduplication = make()
    first, second = "id:" + "x" * 60_000, "id:" + "x" * 60_000 + "y"
    tracemalloc.start()
    deduplication.remember(first, "msg_1", NOON_MS)
    deduplication.remember(second, "msg_2", NOON_MS)
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < 5_000
    assert [deduplication.known(id, NOON_MS) for id in (first, second, first + "z")] == ["msg_1", "msg_2", None]


def test_ids_that_expire_together_cost_little_more_than_one_by_one() -> None:
    def remembered() -> Deduplication:
        deduplication = make()
        for number in range(30_000):
            deduplication.remember(f"id-{number}", "msg", NOON_MS)
        return deduplication

    def forgotten() -> None:
        deduplication = remembered()
        while deduplication:
            assert deduplication.known("id-0", NOON_MS + TEN_MINUTES_MS) is None

    # If each had to be searched for, they would cost twenty times as much as all the rest.
    assert cpu_s(forgotten) < 5 * cpu_s(remembered)
