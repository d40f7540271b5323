"""The requests that an inbox keeps, and its answers."""

from __future__ import annotations

from collections import deque

import pytest

from qstash_dev.config import Retention
from qstash_dev.dev.inboxes import MAX_CRASHES, MAX_INBOXES, Captured, Inbox, Inboxes
from qstash_dev.protocol.script import Answer
from tests.conftest import NOON_MS


def request(body: bytes = b"", at_ms: int = NOON_MS) -> Captured:
    return Captured(at_ms, "POST", "", (("X-A", "1"), ("x-a", "2")), body, None, {})


def test_an_inbox_keeps_requests_in_order_and_answers_200() -> None:
    inbox = Inbox("a")
    assert [inbox.capture(request(body)) for body in (b"1", b"2")] == [Answer(200)] * 2
    assert [one.body for one in inbox.requests] == [b"1", b"2"]
    assert (inbox.received, inbox.forgotten) == (2, 0)


def test_the_last_answer_repeats() -> None:
    inbox = Inbox("a", script=deque([Answer(500), Answer(503), Answer(201)]))
    assert [inbox.capture(request()).status for _ in range(5)] == [500, 503, 201, 201, 201]


def test_beyond_so_many_requests_the_oldest_are_forgotten_and_counted() -> None:
    inbox = Inbox("a", limits=Retention(inbox_requests=10))
    for number in range(13):
        inbox.capture(request(at_ms=number))
    assert (len(inbox.requests), inbox.forgotten, inbox.received) == (10, 3, 13)
    assert inbox.requests[0].at_ms == 3


def test_beyond_so_many_bytes_the_oldest_are_forgotten() -> None:
    inbox = Inbox("a", limits=Retention(inbox_bytes=10_000))
    for body in (b"1" * 4_000, b"2" * 4_000, b"3" * 4_000, b""):
        inbox.capture(request(body))
    assert [one.body[:1] for one in inbox.requests] == [b"2", b"3", b""]
    inbox.capture(request(b"x" * 10_001))
    assert (len(inbox.requests), inbox.received) == (0, 5)
    inbox.capture(request(b"x" * 9_000))
    assert len(inbox.requests) == 1


@pytest.mark.parametrize(
    "large",
    [
        Captured(NOON_MS, "POST", "", (("X", "x" * 4_000),), b"", None, {}),
        Captured(NOON_MS, "POST", "", (("X", ""),) * 100, b"", None, {}),
        Captured(NOON_MS, "POST", "/" + "x" * 4_000, (), b"", None, {}),
        Captured(NOON_MS, "POST", "", (), b"", None, {"sub": "x" * 4_000}),
        Captured(NOON_MS, "POST", "", (), b"", None, {"a": [[]] * 100}),
    ],
    ids=["a header", "many headers", "the target", "a claim", "nested claims"],
)
def test_all_of_a_request_counts(large: Captured) -> None:
    inbox = Inbox("a", limits=Retention(inbox_bytes=20_000))
    for _ in range(20):
        inbox.capture(large)
    assert 0 < len(inbox.requests) < 6


def test_all_inboxes_together_hold_so_much_and_the_fullest_gives_way() -> None:
    inboxes = Inboxes(Retention(max_bytes=20_000))
    small, large = inboxes.named("small"), inboxes.named("large")
    small.capture(request(b"x" * 2_000))
    for _ in range(20):
        large.capture(request(b"x" * 4_000))
        inboxes.make_room()
    assert len(small.requests) == 1
    assert 0 < len(large.requests) < 5
    assert inboxes.weight <= 20_000
    for inbox in (small, large):
        inbox.clear()
    assert inboxes.weight == 0


def test_the_scripts_of_all_inboxes_together_are_bounded_and_give_way_to_nothing() -> None:
    inboxes = Inboxes(Retention(max_bytes=10_000))
    one, other = inboxes.named("one"), inboxes.named("other")
    one.capture(request(b"x" * 3_000))
    one.answer_with([Answer(body=b"x" * 8_000)] * 1)
    inboxes.make_room()
    assert list(one.requests) == []
    with pytest.raises(ValueError, match="the scripts of all inboxes may take up 10000 bytes together"):
        other.answer_with([Answer(headers=(("X", "x" * 4_000),))])
    assert other.capture(request()) == Answer(200)
    one.answer_with([Answer(), Answer(201)])
    other.answer_with([Answer(headers=(("X", "x" * 4_000),)), Answer()])
    before = inboxes.weight
    other.capture(request(b""))
    assert inboxes.weight < before


def test_only_the_first_crashes_are_kept() -> None:
    inbox = Inbox("a")
    for number in range(MAX_CRASHES + 5):
        inbox.crashed(ValueError(number))
    assert [crash.args for crash in inbox.crashes] == [(number,) for number in range(MAX_CRASHES)]


def test_subscribers_hear_of_every_request_and_may_leave_while_they_do() -> None:
    inbox, heard = Inbox("a"), list[str]()

    def once() -> None:
        heard.append("once")
        inbox.subscribers.remove(once)

    inbox.subscribers += [once, lambda: heard.append("always")]
    inbox.capture(request())
    inbox.capture(request())
    assert heard == ["once", "always", "always"]


def test_clearing_forgets_requests_crashes_and_the_script_but_nobody_who_listens() -> None:
    limits = Retention(inbox_bytes=1_000)
    inbox, heard = Inbox("a", script=deque([Answer(500)]), limits=limits), list[int]()
    inbox.subscribers.append(lambda: heard.append(1))
    inbox.crashes.append(ValueError())
    inbox.capture(request(b"x" * 500))
    inbox.clear()
    assert (list(inbox.requests), inbox.received, inbox.crashes) == ([], 0, [])
    assert inbox.capture(request(b"x" * 500)) == Answer(200)
    assert (len(inbox.requests), heard) == (1, [1, 1])


def test_inboxes_are_made_on_first_use_up_to_a_limit() -> None:
    inboxes = Inboxes(Retention())
    made = [inboxes.named(str(number)) for number in range(MAX_INBOXES)]
    assert inboxes.named("7") is made[7]
    with pytest.raises(ValueError, match="there are 1000 inboxes already: reset the server or use fewer names"):
        inboxes.named("one more")
