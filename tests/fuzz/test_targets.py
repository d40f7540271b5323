"""Each target of the fuzzing with a few fixed examples; ``make fuzz`` tries many."""

from __future__ import annotations

import pytest

from tests.fuzz.all import TARGETS
from tests.fuzz.target import Target, tried

EXAMPLES = 40
LENGTH = 1_000
TEXTS = [target for target in TARGETS if target.pieces]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_any_input_is_read_or_refused(target: Target) -> None:
    target.property(tried(EXAMPLES))()


@pytest.mark.parametrize("target", TEXTS, ids=lambda target: target.name)
def test_a_text_costs_no_more_than_its_length(target: Target) -> None:
    target.linear(tried(EXAMPLES // 3), LENGTH)()
