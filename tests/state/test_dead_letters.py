"""The dead letter queue: ids, order, positions and retention."""

from __future__ import annotations

import pytest

from qstash_dev.config import Retention
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import Unreachable
from qstash_dev.state.dead_letters import DeadLetterQueue
from tests.conftest import NOON_MS
from tests.state.support import answer, cpu_s, make_message


def filled(count: int, retention: Retention | None = None) -> DeadLetterQueue:
    letters = DeadLetterQueue(retention or Retention())
    for _ in range(count):
        letters.add(make_message(), answer(), NOON_MS)
    return letters


def positions(letters: DeadLetterQueue, *, latest_first: bool = False, after: int | None = None) -> list[int]:
    return [letter.seq for letter in letters.walk(latest_first=latest_first, after=after)]


def test_ids_are_the_time_and_a_number_that_is_never_used_again() -> None:
    letters = filled(2)
    assert [letter.id for letter in letters.walk(latest_first=False)] == [f"{NOON_MS}-0", f"{NOON_MS}-1"]
    letters.take(f"{NOON_MS}-1")
    assert letters.add(make_message(), answer(), NOON_MS).id == f"{NOON_MS}-2"


@pytest.mark.parametrize(
    ("latest_first", "after", "expected"),
    [
        (False, None, [0, 1, 3, 4]),
        (True, None, [4, 3, 1, 0]),
        (False, 1, [3, 4]),
        (False, 2, [3, 4]),
        (True, 3, [1, 0]),
        (True, 2, [1, 0]),
        (False, 10**30, []),
        (True, 10**30, [4, 3, 1, 0]),
        (True, 0, []),
    ],
)
def test_letters_are_walked_in_order_also_beyond_one_that_is_gone(
    latest_first: bool, after: int | None, expected: list[int]
) -> None:
    letters = filled(5)
    letters.take(f"{NOON_MS}-2")
    assert positions(letters, latest_first=latest_first, after=after) == expected


def test_a_letter_can_be_taken_once() -> None:
    letters, message, result = DeadLetterQueue(Retention()), make_message(), answer(404)
    letter = letters.add(message, result, NOON_MS)
    assert letters.get(letter.id) is letter
    assert letters.take(letter.id) is letter
    assert letters.take(letter.id) is None
    assert letters.get(letter.id) is None
    assert (letter.message, letter.result, letter.failed_ms) == (message, result, NOON_MS)
    assert len(letters) == 0


def test_the_status_is_that_of_the_last_answer_or_zero() -> None:
    letters = DeadLetterQueue(Retention())
    assert letters.add(make_message(), answer(404), NOON_MS).response_status == 404
    assert (
        letters.add(
            make_message(), Unreachable("connection refused", 1, FailureReason.CONNECTION_REFUSED), NOON_MS
        ).response_status
        == 0
    )


def test_the_oldest_letters_go_first() -> None:
    letters = filled(25, Retention(dead_letters=10))
    assert positions(letters) == list(range(15, 25))
    assert len(letters) == 10


def test_bodies_count_against_the_bytes_that_are_kept_but_the_last_letter_stays() -> None:
    letters = DeadLetterQueue(Retention(max_bytes=10_000))
    for _ in range(3):
        letters.add(make_message(body=b"x" * 2_000), answer(body=b"y" * 2_000), NOON_MS)
    assert positions(letters) == [1, 2]
    letters.add(make_message(body=b"x" * 50_000), answer(), NOON_MS)
    assert positions(letters) == [3]
    letters.take(f"{NOON_MS}-3")
    letters.add(make_message(body=b"x" * 8_900), answer(), NOON_MS)
    letters.add(make_message(body=b"x" * 1_000), answer(), NOON_MS)
    assert positions(letters) == [4, 5]


def test_a_page_far_behind_costs_no_more_than_the_first() -> None:
    letters = filled(5_000)
    letters.take(f"{NOON_MS}-4500")

    def page(latest_first: bool, after: int) -> int:
        return sum(next(letters.walk(latest_first=latest_first, after=after)).seq for _ in range(200))

    assert page(False, 4_499) == 200 * 4_501
    assert page(True, 500) == 200 * 499
    near, far = cpu_s(lambda: page(False, 1)), cpu_s(lambda: page(False, 4_499))
    # To pass by those before it would cost a hundred times as much.
    assert far < 10 * near
    assert cpu_s(lambda: page(True, 500)) < 10 * near


def test_letters_with_wide_gaps_between_them_are_walked_in_order() -> None:
    letters = filled(100)
    for number in range(100):
        if number not in (3, 50, 97):
            letters.take(f"{NOON_MS}-{number}")
    assert positions(letters) == [3, 50, 97]
    assert positions(letters, after=3) == [50, 97]
    assert positions(letters, latest_first=True, after=97) == [50, 3]
    assert positions(letters, latest_first=True) == [97, 50, 3]


@pytest.mark.parametrize(
    "id", ["", "0", f"{NOON_MS}-1", f"{NOON_MS}", "x-0", f"{NOON_MS + 1}-0", f"{NOON_MS}-00", "-²"]
)
def test_an_id_that_is_not_exactly_that_of_a_letter_names_none(id: str) -> None:
    letters = filled(1)
    assert letters.get(id) is None
    assert letters.take(id) is None
    assert len(letters) == 1


def test_letters_that_expire_together_cost_no_more_than_they_did_to_add() -> None:
    message, result = make_message(), answer()

    def added() -> DeadLetterQueue:
        letters = DeadLetterQueue(Retention(dead_letters=100_000))
        for _ in range(30_000):
            letters.add(message, result, NOON_MS)
        return letters

    def expired() -> None:
        letters = added()
        letters.expire(NOON_MS + 1)
        assert len(letters) == 0

    # If each had to be searched for, they would cost many times as much.
    assert cpu_s(expired) < 3 * cpu_s(added)


def test_the_letter_of_a_message_is_found_until_it_is_gone() -> None:
    letters, messages = DeadLetterQueue(Retention(dead_letters=2)), [make_message() for _ in range(3)]
    added = [letters.add(message, answer(), NOON_MS) for message in messages]
    assert [letters.of_message(message.id) for message in messages] == [None, *added[1:]]
    letters.take(added[1].id)
    assert letters.of_message(messages[1].id) is None
    again = letters.add(messages[2], answer(), NOON_MS)
    letters.take(added[2].id)
    assert letters.of_message(messages[2].id) is again
    assert letters.expire(NOON_MS + 1) == 1
    assert letters.of_message(messages[2].id) is None
