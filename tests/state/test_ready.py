"""Whose turn it is: origins in turn, and none of them ever has all of the wire."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.state.message import Message
from qstash_dev.state.ready import Ready, origin_of
from tests.conftest import NOON_MS
from tests.state.support import cpu_s, make_tenant

TENANT = make_tenant()


def to(url: str) -> Message:
    return Message(f"msg_{url}", TENANT, Publication(url, b"", DeliveryOptions()), url, NOON_MS, NOON_MS)


def called(ready: Ready, most: int = 10_000) -> list[Message]:
    found = []
    while len(found) < most and (message := ready.call()) is not None:
        found.append(message)
    return found


def test_messages_of_one_origin_are_called_in_order() -> None:
    ready, messages = Ready(100), [to(f"http://a/{number}") for number in range(5)]
    for message in messages:
        ready.join(message)
    assert ready.waiting
    assert len(ready) == 5
    assert called(ready) == messages
    assert not ready.waiting
    assert len(ready) == 0


def test_origins_take_turns() -> None:
    ready = Ready(100)
    slow, fast = [to(f"http://slow/{number}") for number in range(3)], [to("https://fast/0"), to("https://fast/1")]
    for message in [*slow, *fast]:
        ready.join(message)
    assert called(ready) == [slow[0], fast[0], slow[1], fast[1], slow[2]]


def test_a_destination_that_never_answers_leaves_room_for_others() -> None:
    ready = Ready(100)
    for name in ("one", "two", "three"):
        for number in range(200):
            ready.join(to(f"http://{name}/{number}"))
        assert 0 < len(called(ready)) <= 50
    ready.join(to("http://late/"))
    assert [message.url for message in called(ready)] == ["http://late/"]


def test_a_call_that_is_over_makes_room_for_the_next() -> None:
    ready, messages = Ready(2), [to(f"http://a/{number}") for number in range(3)]
    for message in messages:
        ready.join(message)
    assert called(ready) == messages[:1]
    ready.landed(messages[0])
    assert called(ready) == [messages[1]]
    ready.landed(messages[1])
    assert called(ready) == [messages[2]]


def test_whoever_leaves_is_not_called() -> None:
    ready, messages = Ready(100), [to(f"http://a/{number}") for number in range(3)]
    for message in messages:
        ready.join(message)
    for message in messages[:2]:
        assert message.line is not None
        message.line.leave(message)
    assert called(ready) == [messages[2]]
    ready.join(messages[0])
    assert called(ready) == [messages[0]]


def test_when_all_have_left_nobody_is_called() -> None:
    ready, message = Ready(100), to("http://a/")
    ready.join(message)
    assert message.line is not None
    message.line.leave(message)
    assert called(ready) == []
    assert not ready.waiting


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://a", "http://a"),
        ("http://a/", "http://a"),
        ("HTTP://A:80/x?y", "http://a:80"),
        ("https://user:secret@a?x", "https://user:secret@a"),
        ("http://[::1]:3000/path#f", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_what_a_connection_depends_on(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_the_next_call_costs_little_more_where_a_thousand_origins_wait_for_one_to_be_free() -> None:
    def turns(origins: int) -> Callable[[], None]:
        ready, flying = Ready(1_000), list[Message]()
        for number in range(10_000):
            ready.join(to(f"http://origin-{number % origins}/"))
        flying.extend(called(ready))

        def work() -> None:
            for _ in range(200):
                ready.landed(flying.pop(0))
                flying.extend(called(ready))

        return work

    few, many, more = (cpu_s(turns(origins)) for origins in (10, 300, 2_000))
    # To look at all of them each time would cost twenty times as much.
    assert max(many, more) < 8 * few
