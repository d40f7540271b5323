"""Messages and runs that have not ended, and what they wait for."""

from __future__ import annotations

from qstash_dev.dev.pending import Pending, soonest
from tests.broker.flow import WORKFLOW, Flow
from tests.broker.world import MINUTE_MS, World
from tests.conftest import NOON_MS


def pending(world: World) -> list[Pending]:
    return list(soonest(world.broker, world.moment()))


def waits(world: World) -> list[tuple[str, str, int | None]]:
    return [(entry.what.id, entry.waits_for, entry.due_ms) for entry in pending(world)]


def test_every_message_says_what_it_waits_for(world: World) -> None:
    flying = world.enqueue("queue")
    in_queue = world.enqueue("queue")
    delayed = world.publish(Delay="1m")
    retrying = world.publish()
    world.fail(retrying)
    holding, limited = world.limited("parallelism=1"), world.limited("parallelism=1")
    world.finish(world.publish())
    used = f"1 of 1 calls are in flight, by {holding.id} (in flight for 3 s)"
    assert sorted(waits(world)) == sorted(
        [
            (flying.id, "try 1 of 4 is in flight for 3 s: no answer yet", None),
            (in_queue.id, f"2nd in queue queue, behind {flying.id} (in flight for 3 s)", None),
            (delayed.id, "delayed: due in 1 m, at 12:01 UTC", NOON_MS + MINUTE_MS),
            (retrying.id, "try 1 of 4 failed, HTTP 500; next in 12 s", NOON_MS + 12_000),
            (holding.id, "try 1 of 4 is in flight for 3 s: no answer yet", None),
            (limited.id, f"waits for flow control key key: {used}, none ahead", None),
        ]
    )
    assert [due_ms for _, _, due_ms in waits(world)] == [*[None] * 4, NOON_MS + 12_000, NOON_MS + MINUTE_MS]


def test_a_paused_queue_and_a_full_house_are_told(world: World) -> None:
    world.broker.queues.upsert(world.tenant, "queue", None, True, world.now_ms)
    held = world.enqueue("queue")
    world.broker.admission.on_ready = lambda: None
    ready = world.publish()
    assert waits(world) == [
        (ready.id, "due: its call begins at once", None),
        (held.id, "1st in queue queue, which is paused since 12:00 UTC: resume it", None),
    ]


def test_when_all_has_ended_nothing_is_pending(world: World) -> None:
    world.finish(world.publish())
    world.cancel(world.publish(Delay="1h"))
    assert waits(world) == []


def test_a_run_says_what_event_it_waits_for(flow: Flow) -> None:
    run, init = flow.trigger()
    flow.wait(run, 1, "event", "1m")
    flow.accept(init)
    [entry] = pending(flow)
    assert (entry.what, entry.due_ms) == (run, NOON_MS + MINUTE_MS)
    assert "event" in entry.waits_for
    assert str(entry).startswith(f"wfr_1 to {WORKFLOW}: ")
    flow.notify("event")
    assert [found.what for found in pending(flow)] == [flow.latest(run)]
