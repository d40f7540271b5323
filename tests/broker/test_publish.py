"""A publication becomes messages: targets, times, deduplication and quotas."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import FrozenClock
from qstash_dev.config import PAYG, PRO, Config
from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.message import State
from qstash_dev.state.url_group import Endpoint, UrlGroup
from tests.broker.world import DAY_MS, HOUR_MS, URL, World
from tests.conftest import NOON_MS

A, B = "https://a.example.com", "https://b.example.com"


def make_group(world: World, *endpoints: Endpoint) -> None:
    world.tenant.url_groups["group"] = UrlGroup("group", NOON_MS, NOON_MS, list(endpoints))


def test_a_message_without_a_delay_is_called_at_once(world: World) -> None:
    message = world.publish(body=b"x")
    assert world.on_the_wire() == [message]
    assert world.states(message) == ["CREATED", "ACTIVE"]
    assert (message.created_ms, message.not_before_ms) == (NOON_MS, NOON_MS)
    assert (message.url, message.publication.body, message.retried) == (URL, b"x", 0)


@pytest.mark.parametrize(
    "headers", [{"Delay": "1h"}, {"Not_Before": str((NOON_MS + HOUR_MS) // 1_000)}, {"Delay": "60m", "Retries": "0"}]
)
def test_a_delayed_message_is_called_on_its_time(world: World, headers: dict[str, str]) -> None:
    message = world.publish(**headers)
    assert (message.not_before_ms, message.due_ms) == (NOON_MS + HOUR_MS, NOON_MS + HOUR_MS)
    [created] = world.tenant.log.walk(latest_first=False)
    assert (created.state, created.next_delivery_ms) == (State.CREATED, NOON_MS + HOUR_MS)
    world.advance(HOUR_MS - 1)
    assert world.flying == []
    world.advance(1)
    assert world.on_the_wire() == [message]


def test_a_time_in_the_past_means_now(world: World) -> None:
    message = world.publish(Not_Before="1")
    assert world.on_the_wire() == [message]
    assert message.not_before_ms == NOON_MS


def test_a_url_group_gets_a_message_for_each_endpoint_in_order(world: World) -> None:
    make_group(world, Endpoint(A, "first"), Endpoint(B))
    receipts = world.receipts("group")
    assert [receipt.url for receipt in receipts] == [A, B]
    messages = [world.tenant.messages[receipt.message_id] for receipt in receipts]
    assert [(m.url, m.endpoint_name, m.topic_name) for m in messages] == [(A, "first", "group"), (B, None, "group")]
    assert world.on_the_wire() == messages


def test_an_unknown_url_group_is_rejected(world: World) -> None:
    with pytest.raises(Rejection, match="topic group not found") as refused:
        world.receipts("group")
    assert refused.value.status == 404


def test_a_group_in_a_queue_takes_one_place_for_each_endpoint(world: World) -> None:
    make_group(world, Endpoint(A), Endpoint(B))
    world.receipts("group", Queue_Name="queue")
    assert [message.url for message in world.on_the_wire()] == [A]
    world.finish_all()
    assert [message.url for message in world.started] == [A, B]


def test_a_deduplication_id_makes_one_message_within_its_window(world: World) -> None:
    first = world.publish(Deduplication_Id="id")
    world.finish(first)
    [again] = world.receipts("https://other.example.com", b"other", Deduplication_Id="id")
    assert (again.message_id, again.deduplicated) == (first.id, True)
    assert world.children(first) == []
    world.advance(600_000)
    [fresh] = world.receipts(Deduplication_Id="id")
    assert not fresh.deduplicated
    assert fresh.message_id != first.id


@pytest.mark.parametrize("end", ["delivered", "failed", "canceled", "on the wire"])
def test_an_id_is_remembered_whatever_became_of_the_message(world: World, end: str) -> None:
    message = world.publish(Deduplication_Id="id", Retries="0")
    if end == "delivered":
        world.finish(message)
    elif end == "failed":
        world.fail(message)
    elif end == "canceled":
        world.cancel(message)
        world.fail(message)
    [again] = world.receipts(Deduplication_Id="id")
    assert again.deduplicated


def test_content_based_deduplication_looks_at_the_content(world: World) -> None:
    def publish(body: bytes, **headers: str) -> bool:
        [receipt] = world.receipts(body=body, Content_Based_Deduplication="true", **headers)
        return receipt.deduplicated

    assert not publish(b"one")
    assert publish(b"one", Retries="1")
    assert not publish(b"two")
    assert not publish(b"one", Forward_A="1")
    [plain] = world.receipts(body=b"one")
    assert not plain.deduplicated


@pytest.mark.parametrize("header", [{"Deduplication_Id": "id"}, {"Content_Based_Deduplication": "true"}])
def test_in_a_url_group_each_endpoint_is_deduplicated_by_itself(world: World, header: dict[str, str]) -> None:
    make_group(world, Endpoint(A))
    [first] = world.receipts("group", **header)
    make_group(world, Endpoint(B), Endpoint(A))
    receipts = world.receipts("group", **header)
    assert [(receipt.url, receipt.deduplicated) for receipt in receipts] == [(B, False), (A, True)]
    assert receipts[1].message_id == first.message_id


def test_an_explicit_id_and_a_content_hash_never_meet(world: World) -> None:
    world.receipts(Content_Based_Deduplication="true")
    [known] = world.tenant.deduplication.collections[0]
    [receipt] = world.receipts(Deduplication_Id=known.rpartition(":")[2])
    assert not receipt.deduplicated


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"Retries": "6"}, "quota maxRetries exceeded, current limit: 5"),
        ({"Delay": "366d"}, "quota maxDelay exceeded, current limit: 31536000"),
        ({"Not_Before": "1798804801"}, "quota maxDelay exceeded, current limit: 31536000"),
        ({"Callback": URL, "Callback_Retries": "6"}, "quota maxRetries exceeded, current limit: 5"),
        (
            {"Failure_Callback": URL, "Failure_Callback_Delay": "366d"},
            "quota maxDelay exceeded, current limit: 31536000",
        ),
    ],
)
def test_limits_of_the_plan(world: World, headers: dict[str, str], text: str) -> None:
    with pytest.raises(Rejection) as refused:
        world.receipts(**headers)
    assert (refused.value.status, refused.value.text) == (412, text)
    assert world.tenant.messages == {}


@pytest.mark.parametrize("headers", [{"Retries": "5"}, {"Delay": "365d"}, {"Delay": "10d", "Retries": "5"}])
def test_the_limits_themselves_are_allowed(world: World, headers: dict[str, str]) -> None:
    world.publish(**headers)


def test_the_larger_plan_allows_more(clock: FrozenClock) -> None:
    broker = Broker(Config(quota=PRO))
    world = World(broker, broker.tenants.all()[0], clock)
    world.publish(Retries="20", Delay="3650d")
    with pytest.raises(Rejection, match="quota maxRetries exceeded, current limit: 20"):
        world.publish(Retries="21")


def test_a_body_may_be_as_large_as_the_plan_says(clock: FrozenClock) -> None:
    broker = Broker(Config(quota=replace(PAYG, max_message_bytes=10)))
    world = World(broker, broker.tenants.all()[0], clock)
    world.publish(body=b"x" * 10)
    with pytest.raises(Rejection, match="quota maxMessageSize exceeded, current limit: 10"):
        world.publish(body=b"x" * 11)


def test_undelivered_messages_may_hold_only_so_much(clock: FrozenClock) -> None:
    broker = Broker(Config(max_pending_bytes=10_000))
    world = World(broker, broker.tenants.all()[0], clock)
    first = world.publish(body=b"x" * 6_000)
    with pytest.raises(Rejection, match="quota maxPendingBytes exceeded, current limit: 10000"):
        world.publish(body=b"x" * 6_000)
    world.finish(first)
    world.publish(body=b"x" * 6_000)


def test_a_plan_has_only_so_many_queues(clock: FrozenClock) -> None:
    broker = Broker(Config(quota=replace(PAYG, max_queues=2)))
    world = World(broker, broker.tenants.all()[0], clock)
    world.enqueue("a")
    world.enqueue("b")
    with pytest.raises(Rejection, match="quota maxQueues exceeded, current limit: 2"):
        world.enqueue("c")
    world.enqueue("a")
    with pytest.raises(Rejection, match="quota maxQueues"):
        broker.queues.upsert(world.tenant, "c", 1, False, NOON_MS)
    broker.queues.upsert(world.tenant, "b", 2, False, NOON_MS)
    assert list(world.tenant.queues) == ["a", "b"]


def test_what_is_only_checked_leaves_no_trace(world: World) -> None:
    good = Publication(URL, b"", parse_options([("Upstash-Queue-Name", "queue"), ("Upstash-Deduplication-Id", "id")]))
    with pytest.raises(Rejection):
        world.broker.publisher.check(world.tenant, [good, Publication("group", b"", good.options)], NOON_MS)
    world.broker.publisher.check(world.tenant, [good, good], NOON_MS)
    assert (world.tenant.messages, world.tenant.queues, list(world.tenant.log.walk(latest_first=False))) == (
        {},
        {},
        [],
    )
    assert len(world.tenant.deduplication) == 0


def test_a_delayed_message_waits_for_days_without_taking_part_in_anything(world: World) -> None:
    late = world.enqueue(Delay="5d")
    assert world.tenant.queues["queue"].lag == 0
    early = world.enqueue()
    assert world.on_the_wire() == [early]
    world.finish(early)
    world.advance(5 * DAY_MS)
    assert world.on_the_wire() == [late]
