"""Lists of names in sentences."""

from __future__ import annotations

import pytest

from qstash_dev.explain.moment import listed


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c", "d"], "a, b and 2 more")],
)
def test_few_names_are_told(names: list[str], text: str) -> None:
    assert listed(names) == text
