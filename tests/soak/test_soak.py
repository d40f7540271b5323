"""The soak can tell good from bad, and runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import pytest

from tests.bench.load.cores import drive
from tests.soak import verdict
from tests.soak.books import Books
from tests.soak.run import SETTLING, ParsedHead, soak
from tests.soak.verdict import DISTURBED, UNDISTURBED, Window


def windows(phase: str, sizes: Sequence[float], p99_ms: float = 2.0, fds: int = 10) -> list[Window]:
    return [Window(phase, size, fds, 1.0, p99_ms) for size in sizes]


@pytest.mark.parametrize(
    ("sizes", "good"),
    [
        ([50, 60, *[100] * 28], True),
        ([100] * 30, True),
        ([*[100] * 27, 101.9, 101.9, 101.9], True),
        ([*[100] * 27, 103, 103, 103], False),
        ([100 + n / 2 for n in range(30)], False),
        ([20, *[20] * 26, 20.9, 20.9, 20.9], True),
        ([100, 100], False),
    ],
)
def test_memory_may_fill_up_and_not_grow(sizes: list[float], good: bool) -> None:
    assert verdict.memory([*windows(UNDISTURBED, [1] * 9), *windows(DISTURBED, sizes)]).good is good


@pytest.mark.parametrize(
    ("calm", "rough", "slack_ms", "good"),
    [
        ([2, 2, 9], [2.4, 2.4, 30], 0, True),
        ([2, 2, 2], [2.5, 2.5, 2.5], 0, False),
        ([2, 2, 2], [2.5, 2.5, 2.5], 0.5, True),
        ([], [1], 0, False),
        ([1], [], 0, False),
    ],
)
def test_p99_is_held_against_its_undisturbed_value(
    calm: list[float], rough: list[float], slack_ms: float, good: bool
) -> None:
    measured = [Window(UNDISTURBED, 1, 1, 1, one) for one in calm] + [
        Window(DISTURBED, 1, 1, 1, one) for one in rough
    ]
    assert verdict.latency(measured, slack_ms).good is good


def test_a_driver_that_was_late_itself_says_so() -> None:
    measured = [Window(UNDISTURBED, 1, 1, 1, 1, lag_ms=40), Window(DISTURBED, 1, 1, 1, 1, lag_ms=40)]
    assert "the driver itself was 40.0 ms late" in verdict.latency(measured).told


def test_connections_must_be_let_go() -> None:
    measured = [
        *windows(SETTLING, [1], fds=10),
        *windows(UNDISTURBED, [1], fds=200),
        *windows(DISTURBED, [1], fds=500),
    ]
    assert verdict.descriptors(measured, 12).good
    assert not verdict.descriptors(measured, 200).good


def event(id: str, state: str) -> bytes:
    return json.dumps({"event": "state", "messageId": id, "state": state}).encode()


def books(*events: tuple[str, str]) -> Books:
    made = Books()
    made.line(b'{"event":"ready"}')
    for one in events:
        made.line(event(*one))
    return made


def test_books_that_add_up() -> None:
    made = books(("a", "CREATED"), ("b", "CREATED"), ("c", "CREATED"), ("d", "CREATED"), ("a", "ACTIVE"))
    made.promised("a")
    for id, state in (("a", "DELIVERED"), ("b", "FAILED"), ("c", "CANCELED")):
        made.line(event(id, state))
    made.promised("b")
    assert made.wrong(waiting=1) == []
    assert made.open == {"d"}
    assert verdict.accounts([], "").good


@pytest.mark.parametrize(
    ("made", "promised", "waiting", "fault"),
    [
        (books(("a", "CREATED")), "a", 0, "1 accepted, but 0 ended and 0 wait"),
        (books(("a", "CREATED"), ("a", "DELIVERED")), "a", 1, "1 accepted, but 1 ended and 1 wait"),
        (books(), "a", 0, "1 messages were promised and never made"),
        (
            books(("a", "CREATED"), ("a", "FAILED"), ("a", "FAILED")),
            "a",
            0,
            "a ended as FAILED and was not under way",
        ),
    ],
)
def test_books_that_do_not(made: Books, promised: str, waiting: int, fault: str) -> None:
    made.promised(promised)
    assert fault in made.wrong(waiting)
    assert not verdict.accounts(made.wrong(waiting), "").good


def test_a_line_that_nobody_expected_is_a_fault() -> None:
    made = Books()
    made.line(b"Traceback (most recent call last):\n")
    assert made.wrong(0) == ["it printed b'Traceback (most recent call last):\\n'"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells memory and files of another process")
@pytest.mark.timeout(120)
def test_a_short_soak_accounts_for_every_message(capsys: pytest.CaptureFixture[str]) -> None:
    """Whether it is quick enough is for an idle machine to tell."""
    plan = ParsedHead(seconds=4, window_s=0.5, per_s=40, enemies_per_s=20, dead_letters=200)
    verdicts = {one.what: one for one in drive(soak(plan))}
    for what in (
        "connections are let go",
        "accepted = delivered + dead + cancelled + waiting",
        "ordinary messages arrive once",
        "it stops when it is told to",
    ):
        assert verdicts[what].good, verdicts[what].told
    assert "among enemies" in capsys.readouterr().out
