"""Nobody reads what is printed, or cannot read all of it: the server does not mind."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import aiohttp
import pytest

from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE
from tests.cli.program import COMMAND, program, server_program
from tests.conftest import Client


async def deliver(client: Client, count: int, destination: str = NOWHERE) -> None:
    """Publish, and wait until each message has failed once and for all."""
    for _ in range(count):
        await client.publish(destination, Upstash_Retries="0")
    await client.call("POST", "/_dev/idle")


async def test_reader_that_goes_away_after_the_first_line() -> None:
    reading, writing = os.pipe()
    async with program("dev", "--port", "0", "--json", stdout=writing) as running:
        os.close(writing)
        with os.fdopen(reading) as output:
            ready = json.loads(await asyncio.to_thread(output.readline))
        async with aiohttp.ClientSession() as session:
            await deliver(Client(session, ready["url"], USERS[0].token), 3)
        assert await running.stop() == (0, "", "")


async def test_reader_that_is_late_loses_nothing() -> None:
    async with server_program("--json", "--verbose") as (running, client):
        # Far more than a pipe holds.
        await deliver(client, 100, f"{NOWHERE}/{'x' * 1_000}")
        states = Counter([(await running.event("state"))["state"] for _ in range(300)])
        assert states == {"CREATED": 100, "ACTIVE": 100, "FAILED": 100}
        code, _, complaint = await running.stop()
    assert (code, complaint) == (0, "")


def shell_command(redirections: str) -> tuple[str, ...]:
    return ("sh", "-c", f'exec {shlex.join(COMMAND)} dev --port 0 "$@" {redirections}', "sh")


@pytest.fixture
def warned() -> Iterator[list[str]]:
    """Options that make a server print a warning."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield ["--log-port", str(other.getsockname()[1])]


async def test_standard_output_is_closed(warned: list[str]) -> None:
    # Its errors come to us in the place of its output.
    async with program(*warned, command=shell_command("3>&1 >&- 2>&3 3>&- <&-")) as running:
        assert (await running.line()).startswith("warning: there is no log server")
        assert await running.stop() == (0, "", "")


async def test_standard_errors_are_closed(warned: list[str]) -> None:
    async with server_program(*warned, command=shell_command("2>&- <&-")) as (running, client):
        await deliver(client, 1)
        await running.line_like(" ERR POST ")
        code, rest, _ = await running.stop()
    assert (code, rest) == (0, "stopped; nothing was left undelivered\n")


async def test_characters_that_the_encoding_lacks_are_replaced() -> None:
    async with server_program(env={"PYTHONIOENCODING": "ascii"}) as (running, client):
        await deliver(client, 1, "http%3A%2F%2F127.0.0.1%3A1%2F%C3%A9t%C3%A9")
        assert " ERR POST http://127.0.0.1:1/?t? " in await running.line_like(" ERR ")
        await deliver(client, 1)
        await running.line_like(f" ERR POST {NOWHERE} ")
