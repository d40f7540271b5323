"""URLs with invalid hosts take linear time."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.destination import url_fault, url_in_filter
from tests.linear.steps import steps


@pytest.mark.parametrize("host", ["ß", "ü.", "\u3002ü", "é" * 60 + "."])
def test_a_host_of_any_length_is_looked_at_and_not_encoded(host: str) -> None:
    url = "http://" + host * (12_000 // len(host))
    assert url_in_filter(url) == url
    assert steps(lambda: url_in_filter(url)) < 1_000
    assert url_fault(url) is not None
    assert steps(lambda: url_fault(url)) < 2_000
