"""The verdict on a schedule."""

from __future__ import annotations

from qstash_dev.explain.verdict import Blocker, Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.explain.why import why
from qstash_dev.protocol.cron import parse_cron
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.schedule import Schedule
from qstash_dev.state.url_group import Endpoint
from tests.broker.world import HOUR_MS, MINUTE_MS, URL, World
from tests.conftest import NOON_MS


def make(world: World, cron: str = "30 * * * *", destination: str = URL, **options: str) -> Schedule:
    pairs = [(f"Upstash-{name}", value) for name, value in options.items()]
    publication = Publication(destination, b"", parse_options(pairs))
    return world.broker.schedules.put(world.tenant, "tick", parse_cron(cron), publication, world.now_ms)


def verdict(world: World, schedule: Schedule) -> Verdict:
    told = why(schedule, world.moment())
    assert told.about == Subject(SubjectKind.SCHEDULE, "tick")
    return told


def test_when_it_fires_next(world: World) -> None:
    told = verdict(world, make(world))
    assert (told.reason, told.sentence) == (VerdictReason.DELAYED, "fires in 30 m, at 12:30 UTC")
    assert told.next_ms == NOON_MS + 30 * MINUTE_MS


def test_paused_since(world: World) -> None:
    schedule = make(world)
    world.broker.schedules.pause(schedule, True, world.now_ms)
    world.advance(HOUR_MS)
    world.broker.schedules.pause(schedule, True, world.now_ms)
    sentence = "schedule is paused since 12:00 UTC: resume it; what it skips is not made up"
    assert verdict(world, schedule).sentence == sentence
    assert verdict(world, make(world)).sentence == sentence
    assert verdict(world, schedule).reason is VerdictReason.PAUSED


def test_never_again(world: World) -> None:
    schedule = make(world)
    # No expression that is accepted runs out before the clock does.
    schedule.timer = 0
    told = verdict(world, schedule)
    assert (told.reason, told.sentence) == (
        VerdictReason.NEVER,
        "never fires again: '30 * * * *' matches no later time",
    )


def test_the_last_fire_was_delivered_or_goes_on(world: World) -> None:
    schedule = make(world)
    world.advance(HOUR_MS)
    assert verdict(world, schedule).sentence == "fires in 30 m, at 13:30 UTC"
    world.finish_all()
    assert verdict(world, schedule).sentence == "fires in 30 m, at 13:30 UTC"


def test_the_message_of_the_last_fire_has_failed(world: World) -> None:
    schedule = make(world, Retries="0")
    world.advance(HOUR_MS)
    [message] = world.on_the_wire()
    world.fail(message)
    [letter] = world.letters()
    failed = f"gave up after 1 try, HTTP 500; dead letter {letter.id}"
    told = verdict(world, schedule)
    assert told.sentence == f"{message.id} of the fire at 12:30 UTC {failed}; fires in 30 m, at 13:30 UTC"
    assert told.reason is VerdictReason.LAST_FAILED
    assert told.blocker == Blocker(SubjectKind.MESSAGE, message.id, failed)


def test_the_last_fire_was_refused(world: World) -> None:
    world.broker.url_groups.upsert(world.tenant, "team", [Endpoint(URL)], world.now_ms)
    schedule = make(world, destination="team")
    world.broker.url_groups.delete(world.tenant, "team")
    world.advance(HOUR_MS)
    told = verdict(world, schedule)
    assert told.sentence.startswith("the fire at 12:30 UTC was refused: ")
    assert "team" in told.sentence
    assert told.reason is VerdictReason.LAST_FAILED
