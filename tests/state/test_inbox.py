"""What an inbox keeps, and what it answers."""

from __future__ import annotations

from collections import deque

import pytest

from qstash_dev.protocol.script import Answer
from qstash_dev.state import inbox as inbox_module
from qstash_dev.state.inbox import MAX_INBOXES, MAX_REQUESTS, Captured, Inbox, Inboxes
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


def test_a_header_is_found_by_any_spelling_and_the_first_counts() -> None:
    assert request().header("X-a") == "1"
    assert request().header("none") is None


def test_beyond_so_many_requests_the_oldest_are_forgotten_and_counted() -> None:
    inbox = Inbox("a")
    for number in range(MAX_REQUESTS + 3):
        inbox.capture(request(at_ms=number))
    assert (len(inbox.requests), inbox.forgotten, inbox.received) == (MAX_REQUESTS, 3, MAX_REQUESTS + 3)
    assert inbox.requests[0].at_ms == 3


def test_beyond_so_many_bytes_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MAX_BYTES", 10)
    inbox = Inbox("a")
    for body in (b"1234", b"5678", b"9abc", b""):
        inbox.capture(request(body))
    assert [one.body for one in inbox.requests] == [b"5678", b"9abc", b""]
    inbox.capture(request(b"x" * 11))
    assert (len(inbox.requests), inbox.received) == (0, 5)
    inbox.capture(request(b"x" * 10))
    assert len(inbox.requests) == 1


def test_subscribers_hear_of_every_request_and_may_leave_while_they_do() -> None:
    inbox, heard = Inbox("a"), list[str]()

    def once() -> None:
        heard.append("once")
        inbox.subscribers.remove(once)

    inbox.subscribers += [once, lambda: heard.append("always")]
    inbox.capture(request())
    inbox.capture(request())
    assert heard == ["once", "always", "always"]


def test_clearing_forgets_requests_crashes_and_the_script_but_nobody_who_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inbox_module, "MAX_BYTES", 10)
    inbox, heard = Inbox("a", script=deque([Answer(500)])), list[int]()
    inbox.subscribers.append(lambda: heard.append(1))
    inbox.crashes.append(ValueError())
    inbox.capture(request(b"12345678"))
    inbox.clear()
    assert (list(inbox.requests), inbox.received, inbox.crashes) == ([], 0, [])
    assert inbox.capture(request(b"12345678")) == Answer(200)
    assert (len(inbox.requests), heard) == (1, [1, 1])


def test_inboxes_are_made_on_first_use_up_to_a_limit() -> None:
    inboxes = Inboxes()
    made = [inboxes.named(str(number)) for number in range(MAX_INBOXES)]
    assert inboxes.named("7") is made[7]
    with pytest.raises(ValueError, match="there are 1000 inboxes already: reset the server or use fewer names"):
        inboxes.named("one more")
