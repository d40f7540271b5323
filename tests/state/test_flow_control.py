"""A flow control key: its counts, its fixed windows, and pinned limits."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.publication import FlowControlOptions
from qstash_dev.state.flow_control import FlowControl
from tests.conftest import NOON_MS


def key(parallelism: int | None = None, rate: int | None = None, period_s: int = 1) -> FlowControl:
    flow_control = FlowControl("key")
    flow_control.configure(FlowControlOptions("key", parallelism, rate, period_s))
    return flow_control


def admitted(flow_control: FlowControl, now_ms: int) -> int:
    """How many calls may start now."""
    count = 0
    while flow_control.may_call_at(now_ms) == now_ms and count < 1_000:
        flow_control.enter(now_ms)
        count += 1
    return count


def test_parallelism_limits_the_calls_in_flight() -> None:
    flow_control = key(parallelism=3)
    assert admitted(flow_control, NOON_MS) == 3
    assert flow_control.may_call_at(NOON_MS + 10**9) is None
    flow_control.leave()
    assert admitted(flow_control, NOON_MS) == 1
    assert flow_control.in_flight == 3


def test_rate_limits_the_calls_of_a_period() -> None:
    flow_control = key(rate=2, period_s=60)
    assert admitted(flow_control, NOON_MS) == 2
    assert flow_control.may_call_at(NOON_MS) == NOON_MS + 60_000
    assert flow_control.may_call_at(NOON_MS + 59_999) == NOON_MS + 60_000
    assert admitted(flow_control, NOON_MS + 60_000) == 2


def test_the_window_is_fixed_and_begins_with_its_first_call() -> None:
    flow_control = key(rate=2, period_s=10)
    flow_control.enter(NOON_MS)
    flow_control.enter(NOON_MS + 9_000)
    assert flow_control.may_call_at(NOON_MS + 9_500) == NOON_MS + 10_000
    assert admitted(flow_control, NOON_MS + 15_000) == 2
    assert flow_control.period_start_ms == NOON_MS + 15_000
    assert flow_control.may_call_at(NOON_MS + 24_999) == NOON_MS + 25_000


def test_calls_that_end_do_not_give_back_their_rate() -> None:
    flow_control = key(rate=1, period_s=10)
    flow_control.enter(NOON_MS)
    flow_control.leave()
    assert flow_control.may_call_at(NOON_MS) == NOON_MS + 10_000


def test_both_limits_must_admit() -> None:
    flow_control = key(parallelism=20, rate=10, period_s=60)
    assert admitted(flow_control, NOON_MS) == 10
    assert admitted(flow_control, NOON_MS + 60_000) == 10
    assert admitted(flow_control, NOON_MS + 120_000) == 0
    assert flow_control.may_call_at(NOON_MS + 120_000) is None
    flow_control.leave()
    assert admitted(flow_control, NOON_MS + 120_000) == 1


def test_without_limits_everything_may_go() -> None:
    assert admitted(FlowControl("key"), NOON_MS) == 1_000


def test_a_paused_key_admits_nothing_and_its_period_runs_on() -> None:
    flow_control = key(rate=5, period_s=10)
    flow_control.enter(NOON_MS)
    flow_control.paused = True
    assert flow_control.may_call_at(NOON_MS) is None
    assert flow_control.calls_in_period(NOON_MS + 9_999) == 1
    assert flow_control.calls_in_period(NOON_MS + 10_000) == 0


def test_the_latest_message_says_what_the_limits_are() -> None:
    flow_control = key(parallelism=1, rate=2, period_s=30)
    flow_control.configure(FlowControlOptions("key", parallelism=7))
    assert (flow_control.parallelism, flow_control.rate, flow_control.period_s) == (7, 0, 1)


def test_pinned_limits_ignore_what_messages_say_until_unpinned() -> None:
    flow_control = key(parallelism=1)
    flow_control.pin(3, 20, 120, NOON_MS)
    flow_control.configure(FlowControlOptions("key", 9, 9, 9))
    assert (flow_control.parallelism, flow_control.rate, flow_control.period_s) == (3, 20, 120)
    assert (flow_control.pinned_parallelism, flow_control.pinned_rate) == (True, True)
    flow_control.pinned_parallelism = False
    flow_control.configure(FlowControlOptions("key", 9, 9, 9))
    assert (flow_control.parallelism, flow_control.rate, flow_control.period_s) == (9, 20, 120)


@pytest.mark.parametrize(("parallelism", "rate"), [(None, 5), (5, None), (5, 5)])
def test_pinning_starts_a_new_period(parallelism: int | None, rate: int | None) -> None:
    flow_control = key(rate=2, period_s=60)
    flow_control.enter(NOON_MS)
    flow_control.pin(parallelism, rate, None, NOON_MS + 1_000)
    assert flow_control.calls_in_period(NOON_MS + 1_000) == 0
    assert flow_control.period_s == 60


def test_resetting_the_rate_lets_calls_go_at_once() -> None:
    flow_control = key(rate=1, period_s=60)
    flow_control.enter(NOON_MS)
    flow_control.reset_rate(NOON_MS + 5_000)
    assert flow_control.calls_in_period(NOON_MS + 5_000) == 0
    assert admitted(flow_control, NOON_MS + 5_000) == 1
    assert flow_control.may_call_at(NOON_MS + 5_000) == NOON_MS + 65_000
