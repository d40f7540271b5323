"""The fair queue: users and their origins in turn, with a limit on the connections of each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.state.fair_queue import FairQueue, Room
from qstash_dev.state.message import Message
from qstash_dev.state.tenant import Tenant
from tests.conftest import NOON_MS
from tests.state.support import cpu_s, make_tenant

TENANT = make_tenant()


def to(url: str, tenant: Tenant = TENANT) -> Message:
    return Message(f"msg_{url}", tenant, Publication(url, b"", DeliveryOptions()), url, NOON_MS, NOON_MS)


def called(ready: FairQueue, most: int = 10_000) -> list[Message]:
    found = []
    while len(found) < most and (message := ready.pop()) is not None:
        found.append(message)
    return found


def test_messages_of_one_origin_are_called_in_order() -> None:
    ready, messages = FairQueue(100), [to(f"http://a/{number}") for number in range(5)]
    for message in messages:
        ready.join(message)
    assert ready.waiting
    assert len(list(ready)) == 5
    assert called(ready) == messages
    assert not ready.waiting
    assert len(list(ready)) == 0


def test_origins_take_turns() -> None:
    ready = FairQueue(100)
    slow, fast = [to(f"http://slow/{number}") for number in range(3)], [to("https://fast/0"), to("https://fast/1")]
    for message in [*slow, *fast]:
        ready.join(message)
    assert called(ready) == [slow[0], fast[0], slow[1], fast[1], slow[2]]


def test_a_destination_that_never_answers_leaves_room_for_others() -> None:
    ready = FairQueue(100)
    for name in ("one", "two", "three"):
        for number in range(200):
            ready.join(to(f"http://{name}/{number}"))
        assert 0 < len(called(ready)) <= 50
    ready.join(to("http://late/"))
    assert [message.url for message in called(ready)] == ["http://late/"]


def test_a_call_that_is_over_makes_room_for_the_next() -> None:
    ready, messages = FairQueue(2), [to(f"http://a/{number}") for number in range(3)]
    for message in messages:
        ready.join(message)
    assert called(ready) == messages[:1]
    ready.call_ended(messages[0])
    assert called(ready) == [messages[1]]
    ready.call_ended(messages[1])
    assert called(ready) == [messages[2]]


def test_whoever_leaves_is_not_called() -> None:
    ready, messages = FairQueue(100), [to(f"http://a/{number}") for number in range(3)]
    for message in messages:
        ready.join(message)
    for message in messages[:2]:
        assert message.wait_list is not None
        message.wait_list.leave(message)
    assert called(ready) == [messages[2]]
    ready.join(messages[0])
    assert called(ready) == [messages[0]]


def test_when_all_have_left_nobody_is_called() -> None:
    ready, message = FairQueue(100), to("http://a/")
    ready.join(message)
    assert message.wait_list is not None
    message.wait_list.leave(message)
    assert called(ready) == []
    assert not ready.waiting


@pytest.mark.parametrize(
    "url", ["http://a", "HTTP://A:80/x?y", "http://user:secret@a?x", "http://a:/", "http://other@a:080/path#f"]
)
def test_all_that_share_scheme_host_and_port_stand_in_one_line(url: str) -> None:
    ready, first, second = FairQueue(100), to("http://a/"), to(url)
    ready.join(first)
    ready.join(to("http://b/"))
    ready.join(second)
    assert called(ready)[::2] == [first, second]


def test_one_user_has_three_quarters_of_the_wire_and_the_only_place_there_is() -> None:
    for most, his in ((1, 1), (4, 3), (100, 75), (1_000, 750)):
        ready = FairQueue(most)
        for number in range(2 * most):
            ready.join(to(f"http://origin-{number}/"))
        assert len(called(ready)) == his


def test_one_silent_server_under_many_names_takes_no_more_than_under_one() -> None:
    ready = FairQueue(1_000)
    for number in range(1_500):
        ready.join(to(f"http://u{number}@silent/{number}"))
    assert len(called(ready)) == 375


def test_users_share_the_wire_whatever_they_call() -> None:
    ready, other = FairQueue(1_000), make_tenant()
    for number in range(1_500):
        ready.join(to(f"http://silent-{number}/"))
    called(ready)
    late = [to(f"http://quick/{number}", other) for number in range(50)]
    for message in late:
        ready.join(message)
    assert called(ready) == late
    for message in late:
        ready.call_ended(message)
    assert called(ready) == []
    assert ready.waiting


def test_users_take_turns() -> None:
    ready, other = FairQueue(100), make_tenant()
    many = [to(f"http://a/{number}") for number in range(4)]
    few = [to("http://a/0", other), to("http://b/1", other)]
    for message in [*many, *few]:
        ready.join(message)
    assert called(ready) == [many[0], few[0], many[1], few[1], many[2], many[3]]


def test_the_next_call_costs_little_more_where_a_thousand_origins_wait_for_one_to_be_free() -> None:
    def turns(origins: int) -> Callable[[], None]:
        ready, flying = FairQueue(1_000), list[Message]()
        for number in range(10_000):
            ready.join(to(f"http://origin-{number % origins}/"))
        flying.extend(called(ready))

        def work() -> None:
            for _ in range(200):
                ready.call_ended(flying.pop(0))
                flying.extend(called(ready))

        return work

    few, many, more = (cpu_s(turns(origins)) for origins in (10, 300, 2_000))
    # To look at all of them each time would cost twenty times as much.
    assert max(many, more) < 8 * few


def test_the_room_that_there_is_for_an_origin() -> None:
    ready, messages = FairQueue(4), [to(f"http://a/{number}") for number in range(4)]
    for message in messages:
        ready.join(message)
    assert ready.room(messages[3]) == Room(free=4, of_origin=0, most=3)
    called(ready)
    waiting = to("http://a/late")
    ready.join(waiting)
    room = ready.room(waiting)
    assert room.of_origin >= room.most
    ready.call_ended(messages[0])
    assert ready.room(waiting).free == room.free + 1
