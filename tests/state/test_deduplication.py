"""Deduplication ids and their window of ten minutes."""

from __future__ import annotations

import pytest

from qstash_dev.state.deduplication import Deduplication
from tests.conftest import NOON_MS
from tests.state.support import cpu_s

TEN_MINUTES_MS = 600_000


@pytest.mark.parametrize(
    ("later_ms", "known"),
    [(0, "msg_1"), (1, "msg_1"), (TEN_MINUTES_MS - 1, "msg_1"), (TEN_MINUTES_MS, None), (TEN_MINUTES_MS + 1, None)],
)
def test_an_id_is_known_for_ten_minutes(later_ms: int, known: str | None) -> None:
    deduplication = Deduplication()
    deduplication.remember("id", "msg_1", NOON_MS)
    assert deduplication.known("id", NOON_MS + later_ms) == known


def test_another_id_is_unknown() -> None:
    deduplication = Deduplication()
    assert deduplication.known("id", NOON_MS) is None
    deduplication.remember("id", "msg_1", NOON_MS)
    assert deduplication.known("other", NOON_MS) is None


def test_asking_does_not_prolong_the_window() -> None:
    deduplication = Deduplication()
    deduplication.remember("id", "msg_1", NOON_MS)
    assert deduplication.known("id", NOON_MS + TEN_MINUTES_MS - 1) == "msg_1"
    assert deduplication.known("id", NOON_MS + TEN_MINUTES_MS) is None


def test_after_the_window_an_id_starts_a_new_one() -> None:
    deduplication = Deduplication()
    deduplication.remember("id", "msg_1", NOON_MS)
    later = NOON_MS + TEN_MINUTES_MS
    assert deduplication.known("id", later) is None
    deduplication.remember("id", "msg_2", later)
    assert deduplication.known("id", later + TEN_MINUTES_MS - 1) == "msg_2"


def test_expired_ids_take_no_room() -> None:
    deduplication = Deduplication()
    for number in range(1_000):
        deduplication.remember(f"id-{number}", f"msg_{number}", NOON_MS + number)
    assert len(deduplication) == 1_000
    assert deduplication.known("id-999", NOON_MS + TEN_MINUTES_MS + 899) == "msg_999"
    assert len(deduplication) == 100


def test_ids_that_expire_together_cost_little_more_than_one_by_one() -> None:
    def remembered() -> Deduplication:
        deduplication = Deduplication()
        for number in range(30_000):
            deduplication.remember(f"id-{number}", "msg", NOON_MS)
        return deduplication

    def forgotten() -> None:
        assert remembered().known("id-0", NOON_MS + TEN_MINUTES_MS) is None

    # If each had to be searched for, they would cost twenty times as much as all the rest.
    assert cpu_s(forgotten) < 5 * cpu_s(remembered)
