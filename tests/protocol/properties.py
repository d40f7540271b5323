"""Helpers of the property tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

from qstash_dev.protocol.errors import Rejection

Read = TypeVar("Read")

PROPERTY = settings(deadline=None, max_examples=100)

# Header values may hold any byte, which arrives as a lone surrogate where it is not UTF-8.
ANY_TEXT = st.text(st.characters())


def value_or_refusal(parse: Callable[[Any], Read], text: Any) -> Read | None:
    """What the parser made of the text; ``None`` if it refused it in the way it promises to."""
    try:
        return parse(text)
    except UnicodeError:
        # A stumble, not a refusal.
        raise
    except ValueError:
        return None


def answer_or_rejection(read: Callable[[], Read]) -> Read | Rejection:
    """What came back, or the rejection that a client would be answered with."""
    try:
        return read()
    except Rejection as rejection:
        return rejection
