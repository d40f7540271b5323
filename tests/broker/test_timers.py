"""The heap of things that are due later."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qstash_dev.broker.timers import Timers

Fired = list[tuple[str, int]]


def test_timers_fire_in_the_order_of_their_times_and_then_of_their_making() -> None:
    timers, fired = Timers(), Fired()
    for name, due_ms in (("c", 20), ("a", 10), ("d", 20), ("b", 10), ("later", 31)):
        timers.at(due_ms, lambda item, now_ms: fired.append((item, now_ms)), name)
    assert timers.next_due_ms() == 10
    assert timers.next_item() == "a"
    assert timers.run_due(9) == 0
    assert timers.run_due(30) == 4
    assert fired == [("a", 30), ("b", 30), ("c", 30), ("d", 30)]
    assert timers.next_due_ms() == 31
    assert len(timers) == 1


def test_without_timers_nothing_is_due() -> None:
    timers = Timers()
    assert (timers.next_due_ms(), timers.next_item(), timers.run_due(1 << 62), len(timers)) == (None, None, 0, 0)


def test_a_cancelled_timer_does_not_fire() -> None:
    timers, fired = Timers(), Fired()
    tickets = [timers.at(due_ms, lambda item, now: fired.append((item, now)), str(due_ms)) for due_ms in (1, 2, 3, 4)]
    assert 0 not in tickets
    timers.cancel(tickets[0])
    timers.cancel(0)
    assert (len(timers), timers.next_due_ms(), timers.next_item()) == (3, 2, "2")
    timers.cancel(tickets[2])
    timers.cancel(tickets[3])
    timers.run_due(9)
    assert fired == [("2", 9)]
    assert len(timers) == 0


def test_what_a_timer_sets_for_now_fires_in_the_same_run() -> None:
    timers, fired = Timers(), list[int]()

    def again(left: int, now_ms: int) -> None:
        fired.append(left)
        if left:
            timers.at(now_ms, again, left - 1)

    timers.at(5, again, 2)
    assert timers.run_due(5) == 3
    assert fired == [2, 1, 0]


def test_the_sleeper_is_told_of_earlier_timers_only() -> None:
    timers, told = Timers(), list[int | None]()
    timers.on_earlier = lambda: told.append(timers.next_due_ms())
    for due_ms in (50, 60, 40, 40, 30):
        timers.at(due_ms, lambda item, now: None, None)
    assert told == [50, 40, 30]


def test_recurring_timers_do_not_pass_by_themselves() -> None:
    timers = Timers()
    recurring = timers.at(1, lambda item, now: None, None, recurring=True)
    timers.at(2, lambda item, now: None, None)
    assert (len(timers), timers.passing) == (2, 1)
    timers.cancel(recurring)
    assert (len(timers), timers.passing) == (1, 1)
    timers.at(3, lambda item, now: None, None, recurring=True)
    timers.run_due(3)
    assert (len(timers), timers.passing) == (0, 0)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=60), st.integers(0, 25))
def test_exactly_what_is_due_and_not_cancelled_fires(made: list[tuple[int, bool]], now_ms: int) -> None:
    timers, fired = Timers(), list[int]()
    tickets = [timers.at(due, lambda item, now: fired.append(item), number) for number, (due, _) in enumerate(made)]
    for ticket, (_, cancelled) in zip(tickets, made, strict=True):
        if cancelled:
            timers.cancel(ticket)
    kept = [(due, number) for number, (due, cancelled) in enumerate(made) if not cancelled]
    assert len(timers) == len(kept)
    timers.run_due(now_ms)
    assert fired == [number for due, number in sorted(kept) if due <= now_ms]
    assert len(timers) == len([due for due, _ in kept if due > now_ms])
    assert timers.next_due_ms() == min((due for due, _ in kept if due > now_ms), default=None)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=60),
    st.integers(0, 70),
)
def test_the_soonest_are_those_that_fire_first(wanted: list[tuple[int, bool]], count: int) -> None:
    timers = Timers()
    fired: list[tuple[int, int]] = []
    tickets = [
        timers.at(due_ms, lambda item, _: fired.append(item), (due_ms, n)) for n, (due_ms, _) in enumerate(wanted)
    ]
    for ticket, (_, cancelled) in zip(tickets, wanted, strict=True):
        if cancelled:
            timers.cancel(ticket)
    soonest = timers.soonest(count)
    timers.run_due(99)
    assert soonest == [(item[0], item) for item in fired[:count]]
