"""Counts of messages by state, and related messages."""

from __future__ import annotations

from qstash_dev.state.message import Message
from qstash_dev.state.related_messages import Relation
from qstash_dev.state.tenant import MessageCounts
from tests.broker.world import URL, World


def test_every_message_is_counted_once(world: World) -> None:
    world.publish()
    world.publish(Delay="10s")
    world.enqueue()
    world.enqueue()
    world.fail(world.publish(Retries="0"))
    assert world.tenant.counts() == MessageCounts(in_flight=2, due=1, later=1, dead=1, kept=5)


def test_a_retry_waits_for_its_time(world: World) -> None:
    world.fail(world.publish())
    assert world.tenant.counts() == MessageCounts(in_flight=0, due=0, later=1, dead=0, kept=1)


def kin(world: World, message: Message) -> list[Relation]:
    return [relation for relation, _ in world.tenant.related.children(message.id)]


def test_callbacks_are_related_to_what_they_report(world: World) -> None:
    message = world.publish(Retries="1", Retry_Delay="0", Callback=f"{URL}/told", Failure_Callback=f"{URL}/failed")
    world.fail(message)
    world.advance(1_000)
    world.fail(message)
    assert kin(world, message) == [Relation.CALLBACK, Relation.CALLBACK, Relation.FAILURE_CALLBACK]
    for _, id in world.tenant.related.children(message.id):
        assert world.tenant.related.parent(id) is not None


def test_what_is_published_again_is_related_to_the_original(world: World) -> None:
    message = world.publish(Retries="0")
    world.fail(message)
    again = world.broker.dlq.replay(message, None, [], world.now_ms)
    [retried] = world.retry(world.letters())
    assert world.tenant.related.parent(again.id) == (Relation.REPLAY, message.id)
    assert world.tenant.related.parent(retried.message_id) == (Relation.DLQ_RETRY, message.id)
