"""The heap of timers."""

from __future__ import annotations

import weakref

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
    assert (len(timers), timers.one_time_count) == (2, 1)
    timers.cancel(recurring)
    assert (len(timers), timers.one_time_count) == (1, 1)
    timers.at(3, lambda item, now: None, None, recurring=True)
    timers.run_due(3)
    assert (len(timers), timers.one_time_count) == (0, 0)


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


def test_only_so_many_fire_at_once_and_the_rest_in_order_later() -> None:
    timers, fired = Timers(), list[int]()
    for number in range(7):
        timers.at(5, lambda item, _: fired.append(item), number)
    assert [timers.run_due(5, 3) for _ in range(4)] == [3, 3, 1, 0]
    assert fired == list(range(7))


def test_cancelled_timers_let_go_of_what_they_were_about_without_a_long_search() -> None:
    class Item:
        pass

    timers = Timers()
    items = [Item() for _ in range(1_000)]
    known = [weakref.ref(item) for item in items]
    tickets = [timers.at(1 << 40, lambda item, now: None, item) for item in items]
    del items
    for ticket in tickets[:900]:
        timers.cancel(ticket)
    kept = sum(item() is not None for item in known)
    assert kept < 4 * 100
    while timers.sweep(10):
        pass
    assert sum(item() is not None for item in known) <= 2 * 100
    assert len(timers) == 100


def test_sweeping_looks_at_no_more_than_it_may() -> None:
    timers = Timers()
    tickets = [timers.at(number, lambda item, now: None, number) for number in range(100)]
    timers.sweep(10)
    for ticket in tickets[:50]:
        timers.cancel(ticket)
    assert timers.sweep(1_000) is False
    timers.cancel(tickets[50])
    before = len(timers)
    assert timers.sweep(5) is True
    assert len(timers) == before
    assert timers.next_due_ms() == 51


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(["set", "cancel", "run", "sweep"]), st.integers(0, 30)), max_size=150))
def test_whatever_the_order_of_calls_what_fires_is_what_was_wanted(calls: list[tuple[str, int]]) -> None:
    timers, fired, wanted = Timers(), list[int](), dict[int, tuple[int, int]]()
    now_ms = 0
    for call, number in calls:
        if call == "set":
            due_ms = now_ms + number
            ticket = timers.at(due_ms, lambda item, _: fired.append(item), len(wanted) + len(fired))
            wanted[ticket] = (due_ms, len(wanted) + len(fired))
        elif call == "cancel" and wanted:
            ticket = sorted(wanted)[number % len(wanted)]
            timers.cancel(ticket)
            del wanted[ticket]
        elif call == "sweep":
            timers.sweep(number)
        elif call == "run":
            now_ms += number // 10
            due = sorted((due_ms, ticket) for ticket, (due_ms, _) in wanted.items() if due_ms <= now_ms)
            # Those that were cancelled are looked at as well.
            count = timers.run_due(now_ms, number)
            assert count <= min(number, len(due))
            for _, ticket in due[:count]:
                del wanted[ticket]
        assert len(timers) == len(wanted)
        if wanted:
            assert (timers.wake_ms() or 0) <= min(due_ms for due_ms, _ in wanted.values())
        assert timers.next_due_ms() == min((due_ms for due_ms, _ in wanted.values()), default=None)
        assert [due_ms for due_ms, _ in timers.soonest(3)] == sorted(due_ms for due_ms, _ in wanted.values())[:3]


def test_many_that_are_cancelled_at_the_front_are_not_all_looked_at_to_know_when_to_wake() -> None:
    timers, fired = Timers(), list[int]()
    tickets = [timers.at(number, lambda item, _: fired.append(item), number) for number in range(1_000)]
    for ticket in reversed(tickets[:400]):
        timers.cancel(ticket)
    assert (timers.wake_ms() or 0) < 100
    looked = 0
    while timers.run_due(400, 50) == 0:
        looked += 1
    assert looked >= 6
    assert fired == [400]
    assert timers.next_due_ms() == 401


def test_many_that_are_cancelled_at_the_front_are_dropped_in_portions() -> None:
    timers = Timers()
    tickets = [timers.at(number, lambda *_: None, number) for number in range(1_000)]
    for ticket in tickets[:450]:
        timers.cancel(ticket)
    portions = 1
    while timers.skim(100):
        portions += 1
    assert portions >= 4
    assert (timers.wake_ms(), timers.next_due_ms(), len(timers)) == (450, 450, 550)
    assert not timers.skim(100)
