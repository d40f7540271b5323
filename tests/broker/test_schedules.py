"""Schedules: firing on their minute, pausing, overwriting and deleting."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import FrozenClock
from qstash_dev.config import PAYG, Config
from qstash_dev.protocol.cron import parse_cron
from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.url_group import Endpoint, UrlGroup
from tests.broker.world import DAY_MS, HOUR_MS, MINUTE_MS, URL, World
from tests.conftest import NOON_MS


def put(
    world: World, cron: str = "* * * * *", id: str = "daily", url: str = URL, body: bytes = b"", **headers: str
) -> Schedule:
    pairs = [(f"Upstash-{name.replace('_', '-')}", value) for name, value in headers.items()]
    publication = Publication(url, body, parse_options(pairs), "10.0.0.1")
    return world.broker.schedules.put(world.tenant, id, parse_cron(cron), publication, world.now_ms)


def pause(world: World, schedule: Schedule, paused: bool = True) -> None:
    world.broker.schedules.pause(schedule, paused, world.now_ms)


def test_a_schedule_fires_on_every_one_of_its_minutes(world: World) -> None:
    schedule = put(world, "*/10 * * * *", body=b"run")
    assert schedule.next_ms == NOON_MS + 10 * MINUTE_MS
    assert schedule.last_ms is None
    world.advance(10 * MINUTE_MS - 1)
    assert world.started == []
    world.advance(1)
    assert len(world.started) == 1
    assert (schedule.last_ms, schedule.next_ms) == (NOON_MS + 10 * MINUTE_MS, NOON_MS + 20 * MINUTE_MS)
    world.advance(HOUR_MS)
    assert [message.created_ms for message in world.started] == [NOON_MS + 10 * n * MINUTE_MS for n in range(1, 8)]


def test_a_run_is_an_ordinary_message_that_names_its_schedule(world: World) -> None:
    schedule = put(world, body=b"run", Label="a", Retries="1", Deduplication_Id="id", Content_Based_Deduplication="1")
    world.advance(2 * MINUTE_MS)
    first, second = world.started
    assert (first.schedule_id, first.url, first.publication.body) == ("daily", URL, b"run")
    assert (first.labels, first.caller_ip, first.publication.options.retries) == (("a",), "10.0.0.1", 1)
    assert second.id != first.id
    world.finish(first)
    world.finish(second)
    assert schedule.last_states() == {second.id: "SUCCESS"}


def test_the_delay_of_a_schedule_counts_from_each_trigger(world: World) -> None:
    put(world, "0 * * * *", Delay="90s")
    world.advance(HOUR_MS)
    [message] = world.tenant.messages.values()
    assert message.not_before_ms == NOON_MS + HOUR_MS + 90_000
    assert world.flying == []
    world.advance(90_000)
    assert world.on_the_wire() == [message]


def test_a_group_gets_a_message_for_each_endpoint_it_has_then(world: World) -> None:
    group = UrlGroup("group", NOON_MS, NOON_MS, [Endpoint("https://a.example.com")])
    world.tenant.url_groups["group"] = group
    schedule = put(world, url="group")
    group.upsert(Endpoint("https://b.example.com"))
    world.advance(MINUTE_MS)
    assert [message.url for message in world.started] == ["https://a.example.com", "https://b.example.com"]
    assert list(schedule.last_states().values()) == ["IN_PROGRESS"] * 2


def test_a_run_into_a_queue_waits_its_turn_and_keeps_the_queues_settings(world: World) -> None:
    schedule = put(world, Queue_Name="queue")
    assert world.tenant.queues == {}
    world.broker.queues.upsert(world.tenant, "queue", 2, None, world.now_ms)
    world.advance(3 * MINUTE_MS)
    assert len(world.flying) == 2
    assert world.tenant.queues["queue"].parallelism == 2
    world.broker.schedules.delete(world.tenant, schedule)
    world.finish_all()
    world.assert_nothing_is_left()


def test_a_paused_schedule_skips_its_triggers_and_catches_nothing_up(world: World) -> None:
    schedule = put(world)
    pause(world, schedule)
    world.advance(5 * MINUTE_MS)
    assert world.started == []
    assert schedule.next_ms == NOON_MS + 6 * MINUTE_MS
    pause(world, schedule, False)
    assert world.started == []
    world.advance(MINUTE_MS)
    assert len(world.started) == 1


def test_overwriting_replaces_everything_but_whether_it_is_paused(world: World) -> None:
    pause(world, put(world, body=b"old", Label="old"))
    world.advance(MINUTE_MS)
    schedule = put(world, "0 0 * * *")
    assert schedule.paused
    assert (schedule.publication.body, schedule.publication.options.labels) == (b"", ())
    assert (schedule.created_ms, schedule.next_ms) == (NOON_MS + MINUTE_MS, NOON_MS + DAY_MS // 2)
    assert list(world.tenant.schedules.values()) == [schedule]
    pause(world, schedule, False)
    world.advance(DAY_MS)
    assert len(world.started) == 1


def test_deleting_a_schedule_stops_it_but_not_its_messages(world: World) -> None:
    schedule = put(world, Delay="1h")
    world.advance(MINUTE_MS)
    world.broker.schedules.delete(world.tenant, schedule)
    world.advance(DAY_MS)
    assert len(world.started) == 1
    assert world.tenant.schedules == {}
    world.finish_all()
    world.assert_nothing_is_left()


def test_a_clock_that_jumped_fires_once_and_catches_nothing_up(world: World) -> None:
    schedule = put(world)
    world.clock.move_to(NOON_MS + HOUR_MS + 30_000)
    world.broker.timers.run_due(world.now_ms)
    assert len(world.started) == 1
    assert schedule.next_ms == NOON_MS + HOUR_MS + MINUTE_MS


def test_a_run_that_cannot_be_published_leaves_an_error_and_the_next_one_clears_it(world: World) -> None:
    group = UrlGroup("group", NOON_MS, NOON_MS, [Endpoint(URL)])
    world.tenant.url_groups["group"] = group
    schedule = put(world, url="group")
    del world.tenant.url_groups["group"]
    world.advance(MINUTE_MS)
    assert schedule.error == "topic group not found"
    # No caller gets the error, so it is told as a call is that was refused.
    [refusal] = world.tenant.refusals.newest_first()
    assert (refusal.method, refusal.path, refusal.text) == ("SCHEDULE", schedule.id, schedule.error)
    assert refusal.sentence == f"{schedule.error} — {schedule.error_todo}"
    world.tenant.url_groups["group"] = group
    world.advance(MINUTE_MS)
    assert schedule.error is None
    assert len(world.started) == 1


@pytest.mark.parametrize(
    ("options", "status", "text"),
    [
        ({"url": "group"}, 404, "topic group not found"),
        ({"Retries": "6"}, 412, "quota maxRetries exceeded, current limit: 5"),
        ({"body": b"x" * (10 * 1024 * 1024 + 1)}, 412, "quota maxMessageSize exceeded"),
    ],
)
def test_what_could_never_be_published_is_rejected_and_the_old_schedule_stays(
    world: World, options: dict[str, str], status: int, text: str
) -> None:
    old = put(world)
    with pytest.raises(Rejection, match=text) as refused:
        put(world, **options)  # type: ignore[arg-type]
    assert refused.value.status == status
    assert list(world.tenant.schedules.values()) == [old]
    world.advance(MINUTE_MS)
    assert len(world.started) == 1


def test_a_plan_has_only_so_many_schedules(clock: FrozenClock) -> None:
    broker = Broker(Config(quota=replace(PAYG, max_schedules=2)))
    world = World(broker, broker.tenants.all()[0], clock)
    put(world, id="a")
    put(world, id="b")
    with pytest.raises(Rejection, match="quota maxSchedules exceeded, current limit: 2") as refused:
        put(world, id="c")
    assert refused.value.status == 412
    put(world, id="b")
    assert list(world.tenant.schedules) == ["a", "b"]


def test_a_schedule_of_another_zone_fires_on_its_wall_clock(world: World) -> None:
    schedule = put(world, "CRON_TZ=America/New_York 0 4 * * *")
    assert schedule.next_ms == NOON_MS + 21 * HOUR_MS
