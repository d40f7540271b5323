"""Retry decisions: when a failed attempt is retried, and when it is given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.publication import DeliveryOptions
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable
from qstash_dev.protocol.retry import DAY_MS, default_delay_ms, requested_wait_ms, retry_at
from tests.conftest import NOON_MS
from tests.protocol.properties import ANY_TEXT, PROPERTY

NO_ANSWER = Unreachable("connection refused", 1, FailureReason.CONNECTION_REFUSED)
WAIT_HEADERS = ["Retry-After", "X-Ratelimit-Reset", "X-Ratelimit-Reset-Requests", "X-Ratelimit-Reset-Tokens"]


def answered(status: int = 500, *headers: tuple[str, str]) -> Responded:
    return Responded(status, headers, b"", 1)


@pytest.mark.parametrize(
    ("retry", "seconds"), [(1, 12), (2, 148), (3, 1_808), (4, 22_026), (5, 86_400), (6, 86_400), (1_000, 86_400)]
)
def test_default_backoff(retry: int, seconds: int) -> None:
    assert default_delay_ms(retry) == seconds * 1_000


@pytest.mark.parametrize("result", [NO_ANSWER, answered(), answered(302), answered(404), answered(489)])
def test_every_failure_is_retried_until_no_retry_is_left(result: DeliveryResult) -> None:
    options = DeliveryOptions(retries=2, retry_delay="100 * (1 + retried)")
    assert [retry_at(result, options, retried, NOON_MS) for retried in range(4)] == [
        NOON_MS + 100,
        NOON_MS + 200,
        None,
        None,
    ]


def test_no_retries_means_one_attempt() -> None:
    assert retry_at(NO_ANSWER, DeliveryOptions(retries=0), 0, NOON_MS) is None


@pytest.mark.parametrize("value", ["true", "True", " TRUE "])
def test_489_with_the_header_is_not_retried(value: str) -> None:
    result = answered(489, ("Upstash-Nonretryable-Error", value))
    assert retry_at(result, DeliveryOptions(), 0, NOON_MS) is None


@pytest.mark.parametrize(
    "result",
    [
        answered(489),
        answered(489, ("Upstash-Nonretryable-Error", "false")),
        answered(500, ("Upstash-Nonretryable-Error", "true")),
        answered(488, ("Upstash-Nonretryable-Error", "true")),
    ],
)
def test_489_without_the_header_and_the_header_without_489_are_ordinary_failures(result: Responded) -> None:
    assert retry_at(result, DeliveryOptions(), 0, NOON_MS) == NOON_MS + 12_000


@pytest.mark.parametrize("name", WAIT_HEADERS)
@pytest.mark.parametrize(
    ("value", "wait_ms"),
    [
        ("0", 0),
        ("7", 7_000),
        ("6m5s", 365_000),
        ("20ms", 20),
        ("1d", DAY_MS),
        ("Thu, 01 Jan 2026 12:00:10 GMT", 10_000),
        ("Thu, 01 Jan 2026 12:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("Fri, 02 Jan 2026 12:00:00 GMT", DAY_MS),
    ],
)
def test_an_answer_may_say_how_long_to_wait(name: str, value: str, wait_ms: int) -> None:
    assert requested_wait_ms(((name, value),), NOON_MS) == wait_ms
    options = DeliveryOptions(retry_delay="1")
    assert retry_at(answered(500, (name, value)), options, 0, NOON_MS) == NOON_MS + wait_ms


@pytest.mark.parametrize(
    "value", ["86401", "25h", "1d1s", "Fri, 02 Jan 2026 12:00:01 GMT", "soon", "", "-5", "1767268800", "5,6"]
)
def test_more_than_a_day_and_nonsense_are_ignored(value: str) -> None:
    assert requested_wait_ms((("Retry-After", value),), NOON_MS) is None
    result = answered(429, ("Retry-After", value))
    assert retry_at(result, DeliveryOptions(), 0, NOON_MS) == NOON_MS + 12_000
    assert retry_at(result, DeliveryOptions(retry_delay="5"), 0, NOON_MS) == NOON_MS + 5


def test_headers_are_looked_at_in_their_documented_order() -> None:
    headers = [(name, str(seconds)) for seconds, name in enumerate(WAIT_HEADERS, start=1)]
    for first in range(len(headers)):
        assert requested_wait_ms(tuple(reversed(headers[first:])), NOON_MS) == (first + 1) * 1_000
    assert requested_wait_ms((("Retry-After", "later"), ("X-Ratelimit-Reset", "9")), NOON_MS) == 9_000


def test_the_first_of_two_equal_headers_counts() -> None:
    assert requested_wait_ms((("Retry-After", "1"), ("Retry-After", "2")), NOON_MS) == 1_000


def test_the_answer_beats_the_expression_and_the_expression_the_backoff() -> None:
    options = DeliveryOptions(retry_delay="500")
    assert retry_at(answered(503, ("Retry-After", "3")), options, 0, NOON_MS) == NOON_MS + 3_000
    assert retry_at(answered(503), options, 0, NOON_MS) == NOON_MS + 500
    assert retry_at(answered(503), DeliveryOptions(), 0, NOON_MS) == NOON_MS + 12_000


@pytest.mark.parametrize(
    ("expression", "delay_ms"), [("86400001", DAY_MS), ("1e999", DAY_MS), ("0-5", 0), ("1.9", 1)]
)
def test_an_expression_gives_whole_milliseconds_of_at_most_a_day(expression: str, delay_ms: int) -> None:
    decision = retry_at(NO_ANSWER, DeliveryOptions(retry_delay=expression), 0, NOON_MS)
    assert decision == NOON_MS + delay_ms


@PROPERTY
@given(st.sampled_from(WAIT_HEADERS), ANY_TEXT | st.text("0123456789 :,GMTJanThu+-", max_size=40))
def test_whatever_the_answer_asks_for_the_wait_is_at_most_a_day(name: str, value: str) -> None:
    wait_ms = requested_wait_ms(((name, value),), NOON_MS)
    assert wait_ms is None or 0 <= wait_ms <= DAY_MS
    assert retry_at(answered(500, (name, value)), DeliveryOptions(), 0, NOON_MS) is not None
