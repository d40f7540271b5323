"""A target of the fuzzing: a check that holds for any input, and inputs that are almost valid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.database import ExampleDatabase
from hypothesis.strategies import SearchStrategy

from qstash_dev.protocol.errors import Rejection
from tests.linear.steps import steps

MAX_ERROR_LENGTH = 25_000
# What a parser may do for each character, and once for all of them.
STEPS_PER_CHARACTER = 100
STEPS_AT_ALL = 60_000
ODD_TEXT = st.text(st.characters(), max_size=8)
SPACES = ("", " ", "  ", "\t", "\n", "\r", "\x00", "\x7f", "\x80", "\u00a0", "\u2028", "\ud800", "\udcff")
DIGITS = ("0", "1", "9", "00", "-1", "+1", "1e9", ".", ".5", "1.", "²", "٣", "１", "9" * 40, "1" * 5_000)


@dataclass(frozen=True)
class Target:
    """``check`` raises what is wrong; ``pieces`` are what its texts are made of, if it takes text."""

    name: str
    check: Callable[[Any], object]
    inputs: SearchStrategy[Any]
    pieces: Sequence[str] = ()
    steps_at_all: int = STEPS_AT_ALL
    steps_per_character: int = STEPS_PER_CHARACTER

    def property(self, how: settings) -> Callable[[], None]:
        """The check as a property that hypothesis tries."""

        @how
        @given(self.inputs)
        def holds(value: Any) -> None:
            self.check(value)

        return holds  # type: ignore[no-any-return]

    def linear(self, how: settings, length: int) -> Callable[[], None]:
        """That a text which repeats itself costs no more than its length."""
        part = st.lists(st.sampled_from(self.pieces), min_size=1, max_size=3).map("".join)

        @how
        @given(part, part.filter(bool), part)
        def holds(before: str, again: str, after: str) -> None:
            text = before + again * (length // len(again) + 1) + after
            taken = steps(lambda: self.check(text))
            assert taken <= self.steps_per_character * len(text) + self.steps_at_all, f"{taken} steps"

        return holds  # type: ignore[no-any-return]


def text_target(
    name: str,
    check: Callable[[str], object],
    *pieces: str,
    steps_at_all: int = STEPS_AT_ALL,
    steps_per_character: int = STEPS_PER_CHARACTER,
) -> Target:
    """A target that takes text: what is meant, piece by piece, and anything in between."""
    all_pieces = (*pieces, *SPACES, *DIGITS)
    texts = st.lists(st.sampled_from(all_pieces) | ODD_TEXT, max_size=30).map("".join)
    return Target(name, check, texts, all_pieces, steps_at_all, steps_per_character)


def tried(examples: int, database: ExampleDatabase | None = None) -> settings:
    """So many examples; the same ones every time unless they are kept in a database."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=database is None,
        database=database,
        suppress_health_check=list(HealthCheck),
        print_blob=database is not None,
    )


def refusal(error: ValueError | Rejection) -> None:
    """A refusal says what is wrong in a text that can be shown."""
    text = error.text if isinstance(error, Rejection) else str(error)
    assert text.strip(), "a refusal without a word"
    assert len(text) <= MAX_ERROR_LENGTH, "a refusal that repeats too much"
    assert not isinstance(error, UnicodeError), "a refusal in Python's words"
    if isinstance(error, Rejection):
        assert 400 <= error.status < 500


def json_values(*names: str) -> SearchStrategy[Any]:
    """Whatever JSON may say, with objects that hold fields of these names."""
    numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**30), 1e308, 2**63])
    leaves = st.none() | st.booleans() | numbers | ODD_TEXT | st.sampled_from(["1s", "1d", "90", "2026-01-01"])
    keys = st.sampled_from(names) | ODD_TEXT if names else ODD_TEXT
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
    )
