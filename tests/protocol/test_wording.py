"""JSON terms for values in error texts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qstash_dev.protocol.wording import json_fault, kind, nearest, shown


@pytest.mark.parametrize(
    ("value", "words", "itself"),
    [
        (None, "null", "null"),
        (True, "true", "true"),
        (False, "false", "false"),
        (1, "a number", "1"),
        (1.5, "a number", "1.5"),
        ("x", "a string", "'x'"),
        ("x" * 500, "a string", f"'{'x' * 100}'"),
        ([1], "a list", "a list"),
        ({"a": None}, "an object", "an object"),
    ],
)
def test_a_value_is_told_as_it_was_written(value: Any, words: str, itself: str) -> None:
    assert (kind(value), shown(value)) == (words, itself)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "line 1 column 2"),
        (b"\xff\xfe\x00", "it is not valid UTF-8"),
        (b"[" * 200_000, "it is nested too deeply"),
        (b"1" * 5_000, "a number in it has too many digits"),
    ],
)
def test_a_text_that_is_no_json_is_told_why(body: bytes, words: str) -> None:
    with pytest.raises((ValueError, RecursionError)) as caught:
        json.loads(body)
    assert words in json_fault(caught.value)


def test_a_number_that_is_too_long_to_write_is_told_as_what_it_is() -> None:
    assert shown(10**5_000) == "a number"


def test_only_a_near_name_is_suggested() -> None:
    assert nearest("Retired", ["retried", "pow"]) == "retried"
    assert nearest("pwo", ["retried", "pow"]) is None
    assert nearest("x" * 100_000, ["retried"]) is None
