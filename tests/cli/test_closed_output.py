"""Output that is closed or not read: the server runs on."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import aiohttp
import pytest

from qstash_dev.cli.output import Output, left_out
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


def test_characters_that_the_encoding_lacks_are_replaced() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="ascii") as stream:
        output = Output(stream, left_out)
        output.write_line("l'été")
        output.write_line("then")
        output.close()
    with os.fdopen(reading, "rb") as written:
        assert written.read() == b"l'?t?\nthen\n"


async def complain(client: Client, count: int) -> None:
    """Let the server say something on standard error so many times, about 300 bytes each."""
    for number in range(count):
        status, _ = await client.call("POST", "/_dev/reset", json={"clock": f"noise {number}"})
        assert status == 400


NOISY = (
    "import logging; from qstash_dev.api.dev import message_actions as messages; "
    "from qstash_dev.config import Config; "
    "from qstash_dev.cli import serve; plain = messages.unix_ms; log = logging.getLogger('aiohttp.server'); "
    "messages.unix_ms = lambda *args: log.error('x' * 1_000) or plain(*args); "
    "serve.run(Config(port=0), level=0, as_json=True)"
)


async def test_errors_that_nobody_reads() -> None:
    reading, writing = os.pipe()
    async with server_program(command=(sys.executable, "-c", NOISY), stderr=writing) as (running, client):
        os.close(writing)
        # More than a pipe holds.
        await complain(client, 100)
        await deliver(client, 1)
        assert (await running.event("attempt"))["state"] == "ERROR"
        code, rest, _ = await running.stop()
        assert (code, json.loads(rest)["event"]) == (0, "stopped")
    os.close(reading)


async def test_errors_that_somebody_reads_at_the_end() -> None:
    reading, writing = os.pipe()
    async with server_program(command=(sys.executable, "-c", NOISY), stderr=writing) as (running, client):
        os.close(writing)
        await complain(client, 100)
        running.send(signal.SIGTERM)
        with os.fdopen(reading) as errors:
            said = await asyncio.to_thread(errors.read)
        assert (await running.end())[0] == 0
    assert said.splitlines() == ["x" * 1_000] * 100


async def test_output_that_does_not_block_loses_nothing() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    async with program("dev", "--port", "0", "--json", "--verbose", stdout=writing) as running:
        os.close(writing)
        with os.fdopen(reading) as output:
            ready = json.loads(await asyncio.to_thread(output.readline))
            async with aiohttp.ClientSession() as session:
                await deliver(Client(session, ready["url"], USERS[0].token), 100, f"{NOWHERE}/{'x' * 1_000}")
            running.send(signal.SIGTERM)
            events = [json.loads(line) for line in await asyncio.to_thread(output.readlines)]
        assert (await running.end())[0] == 0
    assert Counter(event.get("state") for event in events) == {
        "CREATED": 100,
        "ACTIVE": 100,
        "ERROR": 100,
        "FAILED": 100,
        None: 1,
    }
