"""Caches of text from clients, limited in bytes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from qstash_dev.delivery import transport
from qstash_dev.protocol.bounded_cache import BoundedCache
from qstash_dev.protocol.headers import canonical_name, parse_options
from qstash_dev.protocol.target import target_of

MEGABYTE = 1024 * 1024


def test_it_is_made_once_and_the_oldest_goes_first() -> None:
    made: list[str] = []

    def shout(text: str) -> str:
        made.append(text)
        return text.upper()

    remembered = BoundedCache(shout, 100, lambda _: 1)
    assert [remembered[text] for text in ("a", "b", "a")] == ["A", "B", "A"]
    assert made == ["a", "b"]
    for number in range(99):
        assert remembered[str(number)] == str(number)
    assert "a" not in remembered
    assert len(remembered) == 100
    assert remembered["a"] == "A"
    remembered.clear()
    assert remembered == {}
    assert remembered["a"] == "A"


def test_what_would_drive_out_much_else_is_made_again_each_time() -> None:
    remembered = BoundedCache(str.upper, 6_400, len)
    assert remembered["a" * 100] == "A" * 100
    assert remembered["a" * 101] == "A" * 101
    assert list(remembered) == ["a" * 100]


def test_what_cannot_be_made_is_not_remembered() -> None:
    remembered = BoundedCache(int)
    with pytest.raises(ValueError, match="invalid literal"):
        remembered["x"]
    assert remembered == {}


@pytest.mark.parametrize(
    ("use", "most_bytes"),
    [
        pytest.param(lambda number, text: canonical_name(f"x-{number}-{text}"), MEGABYTE // 2, id="names"),
        pytest.param(
            lambda number, text: transport.shown_name(f"x-{number}-{text}".encode()), MEGABYTE, id="names of answers"
        ),
        pytest.param(lambda number, text: target_of(f"http://a/{number}/{text}"), 4 * MEGABYTE, id="URLs"),
        pytest.param(
            lambda number, text: parse_options([(f"Upstash-Forward-{number}", text)]), 6 * MEGABYTE, id="options"
        ),
    ],
)
@pytest.mark.parametrize("length", [1, 300, 20_000])
def test_foreign_text_that_is_never_the_same_is_not_kept_for_ever(
    use: Callable[[int, str], Any], most_bytes: int, length: int
) -> None:
    tracemalloc.start()
    try:
        for number in range(min(12_000, 4_000_000 // length)):
            use(number, chr(97 + number % 26) * length)
        assert tracemalloc.get_traced_memory()[0] < most_bytes
    finally:
        tracemalloc.stop()
