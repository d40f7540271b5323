"""``qstash-dev clock``: the clock of the server, and journeys that can be watched and stopped."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from qstash_dev.cli.journey import progress
from qstash_dev.server import Server
from tests.cli.commands.support import Shell, refusal
from tests.cli.program import program
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

HOUR_MS = 3_600_000


async def test_now(shell: Shell, client: Client) -> None:
    told = await shell.json("clock", "now")
    assert (told["now"], told["mode"]) == (NOON_MS, "paused")
    assert await shell.output("clock", "now") == "2026-01-01T12:00:00.000Z paused\n"


@pytest.mark.parametrize("by", ["1h", "3600", "60m", "2026-01-01T13:00Z", "2026-01-01 14:00+01:00"])
async def test_advance(by: str, shell: Shell) -> None:
    assert (await shell.json("clock", "advance", by))["now"] == NOON_MS + HOUR_MS


async def test_journey_tells_what_it_did(shell: Shell, client: Client, destination: Destination) -> None:
    destination.answers(500)
    await client.publish(destination.url, Upstash_Delay="10s", Upstash_Retries="1")
    told = await shell.output("clock", "next")
    assert told == "travelled to 2026-01-01T12:00:10.000Z: 1 stop, 1 attempt, 1 failed\n"
    told = await shell.json("clock", "run-all")
    assert (told["attempts"], told["time"]) == (1, "2026-01-01T12:00:22.000Z")
    await client.publish(destination.url, Upstash_Delay="2d", Upstash_Retries="0")
    assert (await shell.json("clock", "run-all", "2026-01-02"))["attempts"] == 0
    assert (await shell.json("clock", "run-all"))["attempts"] == 1


async def test_freeze_and_resume(shell: Shell) -> None:
    assert (await shell.json("clock", "resume"))["mode"] != "paused"
    assert (await shell.output("clock", "resume", "--scale", "60")).endswith(
        " scaled, 60 times as fast as real time\n"
    )
    assert (await shell.json("clock", "freeze"))["mode"] == "paused"
    assert (await shell.json("clock", "real"))["mode"] == "real"


async def test_journey_that_does_not_arrive(shell: Shell, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url)
    await destination.received(1)
    assert id in await shell.refusal("clock", "advance", "1h", "--timeout", "200ms", code=1)
    assert "; a time travel is going on" not in await shell.output("clock", "now")
    hold.set()


async def test_ctrl_c_stops_a_journey(server: Server, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    await client.publish(destination.url, Upstash_Delay="1h")
    async with program("clock", "advance", "1d", "--url", server.url) as travelling:
        await destination.received(1)
        travelling.send(signal.SIGINT)
        assert await travelling.end() == (130, "", "")
    assert "travel" not in await client.get("/_dev/clock")
    hold.set()


async def test_progress_is_shown_on_a_terminal(server: Server, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    await client.publish(destination.url, Upstash_Delay="12h")
    screen, device = os.openpty()
    async with program("clock", "advance", "1d", "--url", server.url, stderr=device) as travelling:
        os.close(device)
        shown = await asyncio.to_thread(os.read, screen, 1_000)
        hold.set()
        code, output, _ = await travelling.end()
    os.close(screen)
    assert shown.decode().startswith("\r[#####-----]  50% 2026-01-02T00:00 1 stops, 1 deliveries, 0 failed")
    assert (code, output) == (0, "travelled to 2026-01-02T12:00:00.000Z: 1 stop, 1 attempt, 0 failed\n")


def test_progress_of_a_journey_without_an_end_fits_into_a_line() -> None:
    journey = {"from": NOON_MS, "now": NOON_MS, "stops": 10**9, "deliveries": 10**9, "failed": 10**9}
    assert progress(journey).startswith("2026-01-01T12:00:00.000Z: 1,000,000,000 stops")
    assert len(progress(journey)) == len(progress(journey | {"to": NOON_MS + HOUR_MS})) == 79


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["sideways"], "'sideways' is not one of 'now'"),
        (["advance"], "Give a duration such as 1h30m, or a time"),
        (["advance", "soon"], "'soon' is neither a duration such as 1h30m nor a time"),
        (["run-all", "1h"], "'1h' is not a time"),
        (["next", "1h"], "BY is for advance and run-all, --scale for resume"),
        (["freeze", "--scale", "2"], "BY is for advance and run-all, --scale for resume"),
        (["advance", "1h", "--timeout", "11m"], "--timeout is above 0 and at most 10m"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage(args: list[str], text: str) -> None:
    assert text in refusal("clock", *args)


@pytest.mark.parametrize(
    ("args", "text"),
    [(["advance", "2025-01-01"], "time only goes forward"), (["resume", "--scale", "-1"], "scale")],
)
async def test_what_the_server_refuses(args: list[str], text: str, shell: Shell) -> None:
    assert text in await shell.refusal("clock", *args, code=1)


@pytest.mark.parametrize("action", ["now", "freeze", "next"])
def test_no_server(action: str, nowhere: str) -> None:
    assert "No server answers" in refusal("clock", action, "--url", nowhere, code=4)
