"""Ctrl-C and SIGTERM: the server stops in order and in limited time; a second one ends it at once."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import signal
import sys
from collections.abc import Iterator

import aiohttp
import pytest

from qstash_dev.config import Config
from tests.api.support import NOWHERE
from tests.cli.program import COMMAND, program, server_program
from tests.conftest import Client
from tests.destination import Answer, Destination

# The real command with less patience than the five seconds of the real one.
HASTY = (
    "from qstash_dev.config import Config; from qstash_dev.cli.serve import run; "
    "run(Config(port=0, shutdown_grace_s=0.05), level=0, as_json=True)"
)
# Until it is ended, or for a minute, in short waits: Python calls the handler of a signal between two instructions.
# One that comes as a wait begins, while another thread takes the interpreter, is heard when that wait is over.
LINGER = """
import os, threading
from qstash_dev.config import Config

def linger(*_):
    os.write(2, b"served\\n")
    for _ in range(1_200):
        threading.Event().wait(0.05)
"""
# It has stopped, and waits before it ends.
LINGERING = f"""{LINGER}
from qstash_dev.cli.serve import serve

serve(Config(port=0), level=0, as_json=True)
linger()
"""
# It has stopped, and waits for its output to be read.
UNREAD = f"""{LINGER}
from qstash_dev.cli import serve
from qstash_dev.cli.output import Output

Output.close = linger
serve.run(Config(port=0), level=0, as_json=True)
"""

by_name = {"ids": lambda number: number.name}
each_signal = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], **by_name)


@pytest.fixture
def hold(destination: Destination) -> Iterator[asyncio.Event]:
    """Until this is set, whatever the destination gets stays in flight."""
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    yield hold
    hold.set()


async def put_in_flight(client: Client, destination: Destination) -> None:
    await client.publish(destination.url)
    await destination.received(1)


async def call_on_and_on(client: Client) -> None:
    while True:
        await client.get("/v2/keys")


@each_signal
async def test_signal_as_soon_as_it_is_ready(number: signal.Signals) -> None:
    async with program("dev", "--port", "0", "--json") as running:
        await running.line()
        running.send(number)
        code, rest, complaint = await running.end()
    assert (code, complaint) == (0, "")
    assert json.loads(rest) == {"event": "stopped", "undelivered": 0, "interrupted": 0}


@each_signal
async def test_attempt_in_flight_may_finish(
    number: signal.Signals, destination: Destination, hold: asyncio.Event
) -> None:
    async with server_program("--json") as (running, client):
        await put_in_flight(client, destination)
        running.send(number)
        assert await running.event("stopping") == {"event": "stopping", "inFlight": 1}
        # It accepts nothing more, a moment after it has said so.
        async with asyncio.timeout(5):
            with pytest.raises(aiohttp.ClientConnectionError):
                await call_on_and_on(client)
        hold.set()
        assert (await running.event("attempt"))["status"] == 200
        assert await running.event("stopped") == {"event": "stopped", "undelivered": 0, "interrupted": 0}
        assert await running.end() == (0, "", "")


async def test_attempt_that_takes_too_long_is_cut_off(destination: Destination, hold: asyncio.Event) -> None:
    async with server_program(command=(sys.executable, "-c", HASTY)) as (running, client):
        await put_in_flight(client, destination)
        running.send(signal.SIGTERM)
        assert await running.event("stopped") == {"event": "stopped", "undelivered": 1, "interrupted": 1}
        assert await running.end() == (0, "", "")


def test_attempts_in_flight_have_five_seconds() -> None:
    assert Config().shutdown_grace_s == 5


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM], **by_name)
async def test_second_signal_ends_it_at_once(
    second: signal.Signals, destination: Destination, hold: asyncio.Event
) -> None:
    async with server_program("--json") as (running, client):
        await put_in_flight(client, destination)
        running.send(signal.SIGINT)
        await running.event("stopping")
        running.send(second)
        assert await running.end() == (130, "", "")


async def test_terminal_that_closes_says_so_twice(destination: Destination, hold: asyncio.Event) -> None:
    async with server_program("--json") as (running, client):
        await put_in_flight(client, destination)
        running.send(signal.SIGHUP)
        await running.event("stopping")
        running.send(signal.SIGHUP)
        hold.set()
        assert (await running.event("attempt"))["status"] == 200
        assert await running.event("stopped") == {"event": "stopped", "undelivered": 0, "interrupted": 0}
        assert await running.end() == (0, "", "")


async def test_nohup_is_obeyed() -> None:
    command = ("sh", "-c", f'trap "" HUP; exec {shlex.join(COMMAND)} dev --port 0 "$@"', "sh")
    async with server_program("--json", command=command) as (running, client):
        running.send(signal.SIGHUP)
        await client.get("/v2/keys")
        code, rest, _ = await running.stop()
    assert (code, json.loads(rest)["event"]) == (0, "stopped")


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM], **by_name)
@pytest.mark.parametrize("script", [LINGERING, UNREAD], ids=["stopped", "unread"])
async def test_second_signal_after_the_stop_ends_it_at_once(script: str, second: signal.Signals) -> None:
    async with program(command=(sys.executable, "-c", script)) as running:
        await running.event("ready")
        running.send(signal.SIGINT)
        await running.error_like("^served$")
        running.send(second)
        code, _, complaint = await running.end()
    assert code == 130
    assert "Traceback" not in complaint


async def test_people_are_told_what_is_left(destination: Destination, hold: asyncio.Event) -> None:
    async with server_program() as (running, client):
        await put_in_flight(client, destination)
        await client.publish(NOWHERE, Upstash_Delay="1h")
        await client.publish(NOWHERE, Upstash_Delay="1h")
        running.send(signal.SIGINT)
        await running.line_like(
            r"^stopping: waiting up to 5 s for attempts in flight \(1\); Ctrl-C again stops at once$"
        )
        hold.set()
        await running.line_like(" 200 POST ")
        assert await running.line() == "stopped; 2 undelivered messages are lost"
        assert await running.end() == (0, "", "")


async def test_people_are_told_that_nothing_is_left() -> None:
    async with server_program("--quiet") as (running, _):
        code, rest, _ = await running.stop()
    assert (code, rest.splitlines()[-1]) == (0, "stopped; nothing was left undelivered")


async def test_client_that_watches_does_not_delay_the_end() -> None:
    async with server_program("--json") as (running, client):
        headers = {"Authorization": f"Bearer {client.token}"}
        async with client.session.get(f"{client.url}/_dev/events", headers=headers) as stream:
            assert re.match(rb":", await stream.content.readline())
            code, _, complaint = await running.stop()
    assert (code, complaint) == (0, "")
