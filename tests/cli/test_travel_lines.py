"""What the terminal shows of a journey: one summary, rules between days, and few of its attempts."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator

import pytest

from qstash_dev.cli.event_lines import EventPrinter
from qstash_dev.cli.notice_lines import NoticePrinter
from qstash_dev.cli.travel_lines import JourneyLimits, TravelPrinter
from qstash_dev.dev.travel_errors import NotIdle
from qstash_dev.server import Server
from tests.cli.screen import CONSOLE, Screen
from tests.conftest import NOON_MS, Client, within
from tests.destination import Answer, Destination
from tests.travel.conftest import DAY_MS, HOUR_MS, MINUTE_MS, schedule

RULE = r"──── (\d{4}-\d\d-\d\d) ──── ([\d,]+) deliver(?:y|ies) so far ────"


class Watched:
    """What is printed of a server's journeys and of the attempts of its first user."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._screen = Screen()
        self._added: list[tuple[list[object], object]] = []

    def show(self, limits: JourneyLimits | None = None, *, as_json: bool = False, colour: bool = False) -> None:
        travel = TravelPrinter(self._screen.lines, as_json=as_json, colour=colour, limits=limits)
        user = self.server.broker.tenants.all()[0].user
        events = EventPrinter(self._screen.lines, user, CONSOLE, every_event=False, as_json=as_json, colour=colour)
        notices = NoticePrinter(self._screen.lines, as_json=as_json, colour=colour)
        for subscribers, one in (
            (self.server.travel.subscribers, travel),
            (self.server.broker.tenants.all()[0].log.subscribers, events if as_json else travel.filtered(events)),
            (self.server.broker.tenants.all()[0].notice_subscribers, notices if as_json else travel.notices(notices)),
        ):
            subscribers.append(one)
            self._added.append((subscribers, one))

    def lines(self) -> list[str]:
        return self._screen.shown()

    def end(self) -> None:
        for subscribers, one in self._added:
            subscribers.remove(one)


@pytest.fixture
def screen(server: Server) -> Iterator[Watched]:
    screen = Watched(server)
    yield screen
    screen.end()


async def test_a_journey_ends_with_one_line(
    server: Server, client: Client, destination: Destination, screen: Watched
) -> None:
    screen.show()
    destination.answers(500, 200)
    await client.publish(destination.url, Upstash_Delay="1h")
    await server.travel.by(3 * HOUR_MS + 5_000)
    failed, delivered, summary = screen.lines()
    assert (" 500 POST " in failed, " 200 POST " in delivered) == (True, True)
    assert re.fullmatch(r"travelled 3 h in \d+\.\d s: 2 stops, 2 deliveries, 1 failed", summary)


async def test_a_journey_that_does_nothing_is_not_told(server: Server, screen: Watched) -> None:
    screen.show()
    await server.travel.next()
    await server.travel.by(0)
    assert screen.lines() == []


async def test_only_the_first_attempts_have_lines_and_failures_have_their_own(
    server: Server, client: Client, destination: Destination, screen: Watched
) -> None:
    screen.show(JourneyLimits(attempts=3))
    destination.answers(*[200] * 10, *[500] * 10, 200)
    await schedule(client, destination.url, "* * * * *", Upstash_Retries="0")
    await server.travel.by(30 * MINUTE_MS)
    *attempts, summary = screen.lines()
    assert [line.split()[1] for line in attempts] == ["200"] * 3 + ["500"] * 3
    assert summary.endswith(": 30 stops, 30 deliveries, 10 failed (24 lines left out)")
    await client.publish(destination.url)
    await server.idle()


async def test_lines_return_after_a_journey(
    server: Server, client: Client, destination: Destination, screen: Watched
) -> None:
    screen.show(JourneyLimits(attempts=1))
    for _ in range(2):
        await client.publish(destination.url, Upstash_Delay="1h")
    await server.travel.by(HOUR_MS)
    for _ in range(2):
        await client.publish(destination.url)
    await server.idle()
    lines = [line.split()[0] if "travelled" in line else line.split()[1] for line in screen.lines()]
    assert lines == ["200", "travelled", "200", "200"]


async def test_each_day_that_passes_has_a_rule(
    server: Server, client: Client, destination: Destination, screen: Watched
) -> None:
    screen.show(JourneyLimits(attempts=0))
    await schedule(client, destination.url, "0 */6 * * *")
    await server.travel.by(5 * DAY_MS)
    *rules, _ = screen.lines()
    days = [re.fullmatch(RULE, line) for line in rules]
    assert all(days)
    dates = [day[1] for day in days if day]
    assert (len(dates), sorted(set(dates))) == (5, dates)


@pytest.mark.parametrize("ends", [True, False])
async def test_a_long_journey_has_few_rules(server: Server, client: Client, screen: Watched, ends: bool) -> None:
    screen.show(JourneyLimits(attempts=0, rules=10))
    await schedule(client, "http://127.0.0.1:1", "0 0 * * *", Upstash_Retries="0")
    await client.publish("http://127.0.0.1:1", Upstash_Delay="300d", Upstash_Retries="0")
    await (server.travel.by(300 * DAY_MS) if ends else server.travel.run_all(max_steps=1_000))
    *rules, summary = screen.lines()
    assert summary.startswith("travelled 300 d in ")
    assert all(re.fullmatch(RULE, line) for line in rules)
    assert 9 <= len(rules) <= 25


@within(still_waiting_s=(0.01,))
async def test_a_call_that_holds_a_journey_is_named_and_how_to_abort_it(
    server: Server, client: Client, destination: Destination, screen: Watched
) -> None:
    screen.show()
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url)
    told = asyncio.Event()
    server.travel.subscribers.append(mark := lambda _, journey: told.set() if journey.told else None)
    journey = asyncio.create_task(server.travel.by(HOUR_MS, timeout_s=60))
    await told.wait()
    server.travel.stop_travel()
    await journey
    hold.set()
    server.travel.subscribers.remove(mark)
    waits, summary = screen.lines()
    assert re.fullmatch(
        rf"travelling to [\d: -]+: waits for POST {destination.url} \({id}\), \d s so far: "
        rf"abort it with POST /_dev/messages/{id}/abort",
        waits,
    )
    assert re.fullmatch(r"travelled 0 ms of 1 h, then stopped, in \d+\.\d s: 0 stops, 0 deliveries", summary)


async def test_a_journey_that_gives_up_early_names_the_call_as_well(
    server: Server, client: Client, destination: Destination, screen: Watched
) -> None:
    screen.show()
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url)
    with pytest.raises(NotIdle):
        await server.travel.by(HOUR_MS, timeout_s=0.05)
    hold.set()
    waits, summary = screen.lines()
    assert f"waits for POST {destination.url} ({id}), 0 s so far: abort it" in waits
    assert "then gave up" in summary


async def test_a_journey_that_is_stopped_says_how_far_it_came(
    server: Server, client: Client, destination: Destination, screen: Watched
) -> None:
    screen.show()
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    await client.publish(destination.url, Upstash_Delay="2h")
    journey = asyncio.create_task(server.travel.by(DAY_MS, timeout_s=60))
    await destination.received(1)
    server.travel.stop_travel()
    await journey
    hold.set()
    (summary,) = screen.lines()
    assert re.fullmatch(r"travelled 2 h of 1 d, then stopped, in \d+\.\d s: 1 stop, 1 delivery", summary)


async def test_programs_get_every_attempt_and_the_journey(
    server: Server, client: Client, destination: Destination, screen: Watched
) -> None:
    screen.show(JourneyLimits(attempts=1), as_json=True)
    await schedule(client, destination.url, "0 * * * *")
    await server.travel.by(DAY_MS)
    *attempts, journey = map(json.loads, screen.lines())
    assert (len(attempts), journey.pop("durationMs") >= 0) == (24, True)
    assert journey == {
        "event": "travel",
        "time": NOON_MS + DAY_MS,
        "from": NOON_MS,
        "to": NOON_MS + DAY_MS,
        "stops": 24,
        "deliveries": 24,
        "failed": 0,
        "arrived": True,
        "stopped": False,
    }
