"""The verdicts on queues and on flow control keys."""

from __future__ import annotations

from qstash_dev.explain.verdict import Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.explain.why import why
from tests.broker.world import MINUTE_MS, World
from tests.conftest import NOON_MS


def queue(world: World) -> Verdict:
    told = why(world.tenant.queues["queue"], world.moment())
    assert told.about == Subject(SubjectKind.QUEUE, "queue")
    return told


def key(world: World) -> Verdict:
    told = why(world.tenant.flow_control("key"), world.moment())
    assert told.about == Subject(SubjectKind.FLOW_CONTROL, "key")
    return told


def test_a_queue_in_which_nothing_waits(world: World) -> None:
    message = world.enqueue()
    told = queue(world)
    assert told.sentence == f"nothing waits; the queue is busy with {message.id} (in flight for 3 s)"
    assert told.reason is VerdictReason.IN_FLIGHT
    world.finish(message)
    assert (queue(world).reason, queue(world).sentence) == (
        VerdictReason.IDLE,
        "nothing waits in the queue and nothing is delivered",
    )


def test_a_queue_that_is_blocked(world: World) -> None:
    head, _ = world.enqueue(), world.enqueue()
    world.fail(head, 502)
    told = queue(world)
    assert told.sentence == f"1 waits behind {head.id} (HTTP 502, try 1 of 4, next in 12 s)"
    assert (told.reason, told.next_ms) == (VerdictReason.BEHIND, head.due_ms)
    world.enqueue()
    assert queue(world).sentence.startswith("2 wait behind ")


def test_a_queue_that_is_paused(world: World) -> None:
    world.broker.queues.upsert(world.tenant, "queue", None, True, world.now_ms)
    world.advance(MINUTE_MS)
    told = queue(world)
    assert (told.reason, told.sentence) == (VerdictReason.PAUSED, "queue is paused since 12:00 UTC: resume it")
    world.enqueue()
    assert queue(world).sentence == "queue is paused since 12:00 UTC: resume it; 1 waits"


def test_a_key_that_lets_calls_through(world: World) -> None:
    world.tenant.flow_control("key")
    assert key(world).sentence == "nothing waits; it has no limit"
    world.limited("parallelism=2,rate=3,period=1h")
    told = key(world)
    assert told.sentence == "nothing waits; 1 of 2 calls are in flight and 1 of 3 per hour are used"
    assert told.reason is VerdictReason.IDLE


def test_a_key_whose_calls_are_used_up(world: World) -> None:
    first, _ = world.limited("rate=1,period=20"), world.limited("rate=1,period=20")
    told = key(world)
    assert told.sentence == "1 per 20 s are used up, next slot in 20 s, 1 waits"
    assert (told.reason, told.next_ms) == (VerdictReason.RATE_USED_UP, NOON_MS + 20_000)
    world.limited("parallelism=1")
    assert key(world).sentence == f"1 of 1 calls are in flight, by {first.id} (in flight for 3 s), 2 wait"


def test_a_key_that_is_paused(world: World) -> None:
    world.broker.flow_control.pause(world.tenant, "key", world.now_ms)
    assert key(world).reason is VerdictReason.PAUSED
    assert key(world).sentence == "it is paused since 12:00 UTC: resume it"
    world.limited("rate=1")
    assert key(world).sentence == "it is paused since 12:00 UTC: resume it, 1 waits"
