"""The limit on lines for people: what is written, what is left out, and how that is told."""

from __future__ import annotations

import itertools
import re

import pytest

from qstash_dev.cli.line_limiter import LineLimits
from tests.cli.screen import Screen

USUAL, FAILED = ("200",), ("500", "localhost:3000")


def ask(screen: Screen, kind: tuple[object, ...], *, urgent: bool = False) -> bool:
    """Write a line as printers do, if there is room for it."""
    admitted = screen.lines.admits(kind, urgent=urgent)
    if admitted:
        screen.lines.write_line(" ".join(map(str, kind)))
    return admitted


def full_screen(**limits: int) -> Screen:
    """A screen that has room for no further line in this second."""
    screen = Screen(LineLimits(lines=2, for_firsts=0, **limits))
    screen.lines.write_line("full")
    return screen


def test_as_many_lines_as_there_are_places_and_what_was_left_out() -> None:
    screen = Screen(LineLimits(lines=10, for_firsts=4))
    assert [ask(screen, USUAL) for _ in range(7)] == [True] * 5 + [False] * 2
    screen.wait(0.5)
    assert not ask(screen, USUAL)
    screen.wait(0.5)
    assert screen.shown() == ["200"] * 5 + ["… 3 more lines in this second: 3 × 200 (--json prints all)"]


def test_places_are_free_again_a_second_later() -> None:
    screen = Screen(LineLimits(lines=10, for_firsts=4))
    assert [ask(screen, USUAL) for _ in range(5)] == [True] * 5
    screen.wait(0.99)
    assert not ask(screen, USUAL)
    screen.wait(0.01)
    assert ask(screen, USUAL)


def test_first_of_an_urgent_kind_gets_a_place_that_others_do_not() -> None:
    screen = Screen(LineLimits(lines=10, for_firsts=4))
    for _ in range(20):
        ask(screen, USUAL)
    assert ask(screen, FAILED, urgent=True)
    assert not ask(screen, FAILED, urgent=True)
    assert not ask(screen, ("503", "localhost:3000"))
    assert ask(screen, ("503", "localhost:3000"), urgent=True)
    screen.wait(1)
    assert ask(screen, FAILED, urgent=True)


def test_line_that_is_not_asked_for_is_always_written_and_counts() -> None:
    screen = Screen(LineLimits(lines=4, for_firsts=0))
    for _ in range(9):
        screen.lines.write_line("summary")
    assert not ask(screen, FAILED, urgent=True)
    assert screen.shown() == ["summary"] * 9


@pytest.mark.parametrize("pause_s", [0, 0.0005, 0.003, 0.03])
def test_no_second_has_more_lines_than_the_limit(pause_s: float) -> None:
    limits = LineLimits()
    screen = Screen(limits)
    for number in range(10_000):
        # A third are successes, a third failures of one kind, and the rest are each of a kind of their own.
        kind = [USUAL, FAILED, (str(number),)][number % 3]
        ask(screen, kind, urgent=kind is not USUAL)
        screen.wait(pause_s)
    screen.wait(1)
    shown = screen.shown()
    windows = zip(screen.written_s, itertools.islice(screen.written_s, limits.lines, None), strict=False)
    assert all(later - earlier >= 1 for earlier, later in windows)
    told_lines = [line for line in shown if line.startswith("…")]
    left_out = sum(int(re.match(r"… ([\d,]+) more", line)[1].replace(",", "")) for line in told_lines)
    assert len(shown) - len(told_lines) + left_out == 10_000


def test_one_timer_tells_all_that_was_left_out() -> None:
    screen = Screen(LineLimits(lines=2, for_firsts=0))
    for _ in range(1_000):
        ask(screen, USUAL)
    assert len(screen.timers) == 1


def test_most_frequent_kinds_are_named_and_the_rest_is_counted() -> None:
    screen = full_screen(named=2)
    for kind, count in ((("a",), 1), (("b",), 3), (("c", "d"), 2), (("e",), 1)):
        for _ in range(count):
            ask(screen, kind)
    screen.lines.tell_left_out()
    screen.lines.tell_left_out()
    assert screen.shown()[1:] == ["… 7 more lines in this second: 3 × b, 2 × c d, 2 × other (--json prints all)"]


def test_number_of_kinds_is_limited() -> None:
    screen = full_screen(kinds=2, named=9)
    for number in range(6):
        ask(screen, (number + 1,), urgent=True)
    screen.wait(1)
    assert screen.shown()[1:] == ["… 6 more lines in this second: 1 × 1, 1 × 2, 4 × other (--json prints all)"]


def test_kind_cannot_steer_the_terminal() -> None:
    screen = full_screen()
    ask(screen, ("500", "\x1b[2J" + "x" * 10_000))
    screen.wait(1)
    line = screen.shown()[1]
    assert line.isprintable()
    assert len(line) < 200
