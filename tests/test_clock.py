"""The clock: it runs, stands still, runs fast and travels, but never goes back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.clock import LAST_MS, Clock, FrozenClock
from tests.conftest import NOON_MS

HOUR_MS = 3_600_000


class Machine:
    """The clock on the wall of this machine, as a test sets it."""

    def __init__(self) -> None:
        self.ms = NOON_MS

    def pass_by(self, ms: int) -> None:
        self.ms += ms

    def clock(self, *arguments: Any, **options: Any) -> Clock:
        """A clock that reads this one."""
        machine = self

        class Here(Clock):
            real_ms = wall_ms = staticmethod(lambda: machine.ms)

        return Here(*arguments, **options)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_clock_is_real_unless_told_otherwise(machine: Machine) -> None:
    clock = machine.clock()
    machine.pass_by(1_500)
    assert (clock.now_ms(), clock.mode, clock.offset_ms()) == (NOON_MS + 1_500, "real", 0)


def test_a_clock_that_travelled_ticks_on_from_there(machine: Machine) -> None:
    clock = machine.clock()
    clock.move_to(NOON_MS + HOUR_MS)
    machine.pass_by(10)
    assert (clock.now_ms(), clock.mode, clock.offset_ms()) == (NOON_MS + HOUR_MS + 10, "travelled", HOUR_MS)


def test_a_paused_clock_stands_still_and_can_travel(machine: Machine) -> None:
    clock = machine.clock(paused=True)
    machine.pass_by(HOUR_MS)
    assert (clock.now_ms(), clock.mode, clock.behind_ms()) == (NOON_MS, "paused", HOUR_MS)
    clock.move_to(NOON_MS + 5)
    assert clock.now_ms() == NOON_MS + 5


def test_a_clock_runs_on_from_where_it_was_paused(machine: Machine) -> None:
    clock = machine.clock()
    machine.pass_by(10)
    clock.pause()
    machine.pass_by(HOUR_MS)
    clock.run()
    machine.pass_by(5)
    assert (clock.now_ms(), clock.mode) == (NOON_MS + 15, "travelled")


def test_a_clock_runs_to_scale_from_the_moment_it_is_told_to(machine: Machine) -> None:
    clock = machine.clock(scale=60)
    machine.pass_by(1_000)
    assert (clock.now_ms(), clock.mode) == (NOON_MS + 60_000, "scaled")
    clock.run(0.5)
    machine.pass_by(1_000)
    assert clock.now_ms() == NOON_MS + 60_500


def test_a_clock_behind_real_time_catches_up(machine: Machine) -> None:
    clock = machine.clock(NOON_MS - HOUR_MS, paused=True)
    clock.catch_up()
    machine.pass_by(3)
    assert (clock.now_ms(), clock.mode) == (NOON_MS + 3, "real")


def test_a_clock_ahead_of_real_time_keeps_its_lead(machine: Machine) -> None:
    clock = machine.clock(NOON_MS + HOUR_MS, scale=7)
    clock.catch_up()
    machine.pass_by(3)
    assert (clock.now_ms(), clock.mode, clock.scale) == (NOON_MS + HOUR_MS + 3, "travelled", 1)


@pytest.mark.parametrize("at_ms", [None, NOON_MS - HOUR_MS])
def test_starting_over_may_go_back(machine: Machine, at_ms: int | None) -> None:
    clock = machine.clock(NOON_MS + HOUR_MS, scale=7)
    clock.start_over(at_ms)
    machine.pass_by(3)
    assert clock.now_ms() == (NOON_MS + 3 if at_ms is None else at_ms)
    assert (clock.mode, clock.scale) == ("real" if at_ms is None else "paused", 1)


def test_a_machine_whose_clock_is_set_back_does_not_take_ours_along(machine: Machine) -> None:
    clock = machine.clock()
    machine.pass_by(5_000)
    assert clock.now_ms() == NOON_MS + 5_000
    machine.pass_by(-3_000)
    assert clock.now_ms() == NOON_MS + 5_000
    machine.pass_by(10)
    assert clock.now_ms() == NOON_MS + 5_010


def test_time_ends_before_dates_do(machine: Machine) -> None:
    clock = machine.clock(LAST_MS - 1, scale=1_000_000)
    machine.pass_by(HOUR_MS)
    assert clock.now_ms() == LAST_MS
    clock.move_to(LAST_MS + HOUR_MS)
    assert clock.now_ms() == LAST_MS
    clock.start_over(LAST_MS + HOUR_MS)
    assert clock.now_ms() == machine.clock(1 << 70).now_ms() == LAST_MS


def test_a_fast_clock_waits_less(machine: Machine) -> None:
    assert machine.clock(scale=60).seconds_until(NOON_MS + 60_000) == 1.0
    assert machine.clock(scale=60).seconds_until(NOON_MS - 60_000) == 0
    assert machine.clock(scale=0.5).seconds_until(NOON_MS + 1_000) == 2.0


def test_a_frozen_clock_moves_only_when_it_is_moved(machine: Machine) -> None:
    clock = FrozenClock(7)
    machine.pass_by(HOUR_MS)
    clock.move_to(5)
    assert clock.now_ms() == 7


HANDLING = st.one_of(
    st.tuples(st.just("pass_by"), st.integers(-HOUR_MS, HOUR_MS)),
    st.tuples(st.just("move_to"), st.integers(NOON_MS - HOUR_MS, NOON_MS + 1_000 * HOUR_MS)),
    st.tuples(st.just("run"), st.floats(0.001, 1_000_000)),
    st.tuples(st.sampled_from(["pause", "catch_up", "now_ms"]), st.none()),
)


@given(st.lists(HANDLING, max_size=30))
def test_the_clock_never_goes_back(handling: list[tuple[str, float | None]]) -> None:
    machine = Machine()
    clock = machine.clock()
    latest_ms = clock.now_ms()
    for verb, argument in handling:
        getattr(machine if verb == "pass_by" else clock, verb)(*([] if argument is None else [argument]))
        assert clock.now_ms() >= latest_ms
        latest_ms = clock.now_ms()


def test_the_wall_and_the_stop_watch_do_not_travel() -> None:
    clock = Clock()
    wall_s, monotonic_s = clock.wall_s(), clock.monotonic_s()
    clock.move_to(clock.now_ms() + 1_000 * HOUR_MS)
    assert clock.wall_s() - wall_s < 60
    assert clock.monotonic_s() - monotonic_s < 60
