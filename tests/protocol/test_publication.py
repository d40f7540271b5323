"""Publications: default values, and the time of the first attempt."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.publication import DeliveryOptions, FlowControlOptions
from tests.conftest import NOON_MS


@pytest.mark.parametrize(
    ("options", "due_ms"),
    [
        (DeliveryOptions(), NOON_MS),
        (DeliveryOptions(delay_ms=0), NOON_MS),
        (DeliveryOptions(delay_ms=5_000), NOON_MS + 5_000),
        (DeliveryOptions(not_before_ms=NOON_MS + 60_000), NOON_MS + 60_000),
        (DeliveryOptions(not_before_ms=NOON_MS - 60_000), NOON_MS),
        (DeliveryOptions(not_before_ms=0), NOON_MS),
        (DeliveryOptions(delay_ms=5_000, not_before_ms=NOON_MS + 60_000), NOON_MS + 60_000),
        (DeliveryOptions(delay_ms=90_000, not_before_ms=NOON_MS + 60_000), NOON_MS + 60_000),
        (DeliveryOptions(delay_ms=5_000, not_before_ms=1), NOON_MS),
    ],
)
def test_not_before_beats_delay_and_the_past_means_now(options: DeliveryOptions, due_ms: int) -> None:
    assert options.due_ms(NOON_MS) == due_ms


def test_defaults_are_those_of_qstash() -> None:
    options = DeliveryOptions()
    assert (options.method, options.retries, options.timeout_ms) == ("POST", 3, None)
    assert FlowControlOptions("key").period_s == 1
