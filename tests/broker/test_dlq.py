"""Retrying from the dead letter queue."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from qstash_dev.protocol.errors import Rejection
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import Message
from qstash_dev.state.url_group import Endpoint, UrlGroup
from tests.broker.world import HOUR_MS, World
from tests.conftest import NOON_MS


def given_up(world: World, **headers: str) -> DeadLetter:
    message = world.publish(body=b"body", **{"Retries": "0"} | headers)
    world.advance(HOUR_MS if "Delay" in headers else 0)
    world.fail(message)
    return world.letters()[-1]


def retry(world: World, *letters: DeadLetter, overrides: Sequence[tuple[str, str]] = ()) -> list[Message]:
    receipts = world.retry(list(letters), overrides)
    return [world.tenant.messages[receipt.message_id] for receipt in receipts]


def test_a_letter_becomes_a_new_message_and_is_gone(world: World) -> None:
    letter = given_up(world, Label="a,b", Forward_A="1", Redact_Fields="body")
    [message] = retry(world, letter)
    assert world.letters() == []
    assert message.id != letter.message.id
    assert message.publication == letter.message.publication
    assert (message.retried, world.states(message)) == (0, ["CREATED", "ACTIVE"])
    world.finish(message)
    assert world.states(letter.message)[-1] == "FAILED"
    world.assert_nothing_is_left()


def test_a_message_that_fails_again_is_a_new_letter(world: World) -> None:
    letter = given_up(world)
    [message] = retry(world, letter)
    world.fail(message)
    [again] = world.letters()
    assert (again.message, again.id != letter.id) == (message, True)


def test_overrides_beat_the_settings_of_the_first_publish(world: World) -> None:
    letter = given_up(world, Label="kept", Forward_A="1")
    [message] = retry(world, letter, overrides=[("Upstash-Retries", "2"), ("Upstash-Forward-A", "2")])
    assert message.publication.options.retries == 2
    assert message.publication.options.headers == (("A", "2"),)
    assert message.labels == ("kept",)


def test_delay_and_deduplication_belong_to_the_first_publish(world: World) -> None:
    letter = given_up(world, Delay="1h", Deduplication_Id="id")
    [message] = retry(world, letter)
    assert world.on_the_wire() == [message]
    [delayed] = retry(world, letter, overrides=[("Upstash-Delay", "5s")])
    assert delayed.due_ms == world.now_ms + 5_000


def test_a_letter_of_a_group_goes_to_its_endpoint_only(world: World) -> None:
    endpoints = [Endpoint("https://a.example.com", "first"), Endpoint("https://b.example.com")]
    world.tenant.url_groups["group"] = UrlGroup("group", NOON_MS, NOON_MS, endpoints)
    first, _ = world.receipts("group", Retries="0")
    world.fail(world.tenant.messages[first.message_id])
    del world.tenant.url_groups["group"]
    [message] = retry(world, *world.letters())
    assert (message.url, message.endpoint_name, message.topic_name) == ("https://a.example.com", "first", "group")


def test_a_letter_of_a_queue_waits_in_it_again(world: World) -> None:
    letter = given_up(world, Queue_Name="queue")
    first = world.enqueue()
    [message] = retry(world, letter)
    assert world.on_the_wire() == [first]
    world.finish(first)
    assert world.on_the_wire() == [message]


def test_several_letters_are_published_in_their_order(world: World) -> None:
    letters = [given_up(world, Label=str(number)) for number in range(3)]
    messages = retry(world, *letters)
    assert [message.labels for message in messages] == [("0",), ("1",), ("2",)]
    assert world.on_the_wire() == messages


@pytest.mark.parametrize(
    ("override", "status"), [(("Upstash-Retries", "many"), 400), (("Upstash-Retries", "6"), 412)]
)
def test_a_wrong_override_leaves_every_letter_where_it_is(
    world: World, override: tuple[str, str], status: int
) -> None:
    letters = [given_up(world), given_up(world)]
    with pytest.raises(Rejection) as refused:
        retry(world, *letters, overrides=[override])
    assert refused.value.status == status
    assert world.letters() == letters
    assert world.flying == []
