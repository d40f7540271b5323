"""Deduplication ids and their window of ten minutes."""

from __future__ import annotations

import tracemalloc

import pytest

from qstash_dev.state.deduplication import MAX_URL, PURGED_AT_ONCE, Deduplication, first_message, mark_of
from tests.conftest import NOON_MS
from tests.state.support import cpu_s

TEN_MINUTES_MS = 600_000


def make(most: int = 1_000_000) -> Deduplication:
    return Deduplication(most)


def remember(deduplication: Deduplication, id: str, message_id: str, now_ms: int) -> None:
    deduplication.remember(id, first_message(message_id, "http://localhost/a", b"body", now_ms))


def known_id(deduplication: Deduplication, id: str, now_ms: int) -> str | None:
    """The id of the message that is known by this deduplication id."""
    first = deduplication.known(id, now_ms)
    return None if first is None else first.message_id


@pytest.mark.parametrize(
    ("later_ms", "known"),
    [(0, "msg_1"), (1, "msg_1"), (TEN_MINUTES_MS - 1, "msg_1"), (TEN_MINUTES_MS, None), (TEN_MINUTES_MS + 1, None)],
)
def test_an_id_is_known_for_ten_minutes(later_ms: int, known: str | None) -> None:
    deduplication = make()
    remember(deduplication, "id", "msg_1", NOON_MS)
    assert known_id(deduplication, "id", NOON_MS + later_ms) == known


def test_another_id_is_unknown() -> None:
    deduplication = make()
    assert known_id(deduplication, "id", NOON_MS) is None
    remember(deduplication, "id", "msg_1", NOON_MS)
    assert known_id(deduplication, "other", NOON_MS) is None


def test_asking_does_not_prolong_the_window() -> None:
    deduplication = make()
    remember(deduplication, "id", "msg_1", NOON_MS)
    assert known_id(deduplication, "id", NOON_MS + TEN_MINUTES_MS - 1) == "msg_1"
    assert known_id(deduplication, "id", NOON_MS + TEN_MINUTES_MS) is None


def test_after_the_window_an_id_starts_a_new_one() -> None:
    deduplication = make()
    remember(deduplication, "id", "msg_1", NOON_MS)
    later = NOON_MS + TEN_MINUTES_MS
    assert known_id(deduplication, "id", later) is None
    remember(deduplication, "id", "msg_2", later)
    assert known_id(deduplication, "id", later + TEN_MINUTES_MS - 1) == "msg_2"


def test_expired_ids_leave_some_at_a_time_so_that_no_use_takes_long() -> None:
    deduplication = make()
    count = 2 * PURGED_AT_ONCE + 50
    for number in range(count):
        remember(deduplication, f"id-{number}", f"msg_{number}", NOON_MS + number)
    left = []
    for _ in range(4):
        assert known_id(deduplication, f"id-{count - 1}", NOON_MS + TEN_MINUTES_MS + count - 2) == f"msg_{count - 1}"
        left.append(len(deduplication))
    assert left == [count - PURGED_AT_ONCE, count - 2 * PURGED_AT_ONCE, 1, 1]


def test_an_expired_id_that_is_not_forgotten_yet_starts_a_new_window() -> None:
    deduplication = make()
    for number in range(3 * PURGED_AT_ONCE):
        remember(deduplication, f"id-{number}", "before", NOON_MS)
    last, later = f"id-{3 * PURGED_AT_ONCE - 1}", NOON_MS + TEN_MINUTES_MS
    assert known_id(deduplication, last, later) is None
    remember(deduplication, last, "after", later)
    for _ in range(3):
        assert known_id(deduplication, last, later) == "after"
    assert len(deduplication) == 1


def test_beyond_so_many_ids_the_oldest_is_forgotten() -> None:
    deduplication = make(2)
    for id in "abc":
        remember(deduplication, id, f"msg_{id}", NOON_MS)
    assert [known_id(deduplication, id, NOON_MS) for id in "abc"] == [None, "msg_b", "msg_c"]


def test_a_long_id_keeps_no_more_than_a_short_one() -> None:
    deduplication = make()
    first, second = "id:" + "x" * 60_000, "id:" + "x" * 60_000 + "y"
    tracemalloc.start()
    remember(deduplication, first, "msg_1", NOON_MS)
    remember(deduplication, second, "msg_2", NOON_MS)
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < 5_000
    assert [known_id(deduplication, id, NOON_MS) for id in (first, second, first + "z")] == ["msg_1", "msg_2", None]


def test_ids_that_expire_together_cost_little_more_than_one_by_one() -> None:
    def remembered() -> Deduplication:
        deduplication = make()
        for number in range(30_000):
            remember(deduplication, f"id-{number}", "msg", NOON_MS)
        return deduplication

    def forgotten() -> None:
        deduplication = remembered()
        while deduplication:
            assert known_id(deduplication, "id-0", NOON_MS + TEN_MINUTES_MS) is None

    # If each had to be searched for, they would cost twenty times as much as all the rest.
    assert cpu_s(forgotten) < 5 * cpu_s(remembered)


def test_of_a_long_url_no_more_than_its_beginning_is_kept() -> None:
    url = "http://localhost/" + "x" * 60_000
    assert first_message("msg_1", url, b"", NOON_MS).url == url[:MAX_URL]


def test_the_mark_of_a_body_tells_it_from_others() -> None:
    assert len({mark_of(body) for body in (b"", b"a", b"b", b"ab", b"ba")}) == 5
    assert mark_of(bytes(bytearray(b"ab"))) == mark_of(b"ab")


def test_of_a_large_body_only_its_beginning_and_its_length_count() -> None:
    large = b"x" * 3_000_000
    assert mark_of(large) == mark_of(large[:-1] + b"y")
    assert len({mark_of(large), mark_of(large[:-1]), mark_of(b"y" + large[1:])}) == 3
