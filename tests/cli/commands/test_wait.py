"""``qstash-dev wait``: it waits in real time, up to its limit."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.cli.commands.support import Shell, refusal, run
from tests.cli.program import program
from tests.conftest import Client
from tests.destination import Answer, Destination


@pytest.mark.parametrize("args", [(), ("--ready",)])
async def test_server_that_is_ready(args: tuple[str, ...], shell: Shell) -> None:
    assert (await shell.json("wait", *args))["ready"] == shell.url
    assert (await shell.output("wait", *args)).startswith(f"ready: {shell.url}, version: ")


async def test_server_that_starts_later() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    waiting = asyncio.create_task(asyncio.to_thread(run, "wait", "--ready", "--url", f"http://127.0.0.1:{port}"))
    async with program("dev", "--port", str(port), "--quiet"):
        done = await waiting
    assert (done.exit_code, done.stderr) == (0, "")


def test_server_that_never_starts(nowhere: str) -> None:
    told = refusal("wait", "--url", nowhere, "--timeout", "200ms", code=124)
    assert told == "Error: The server is not ready (No server answers) after 0.2 s.\n"


async def test_idle(shell: Shell, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, Upstash_Delay="1h")
    await client.publish(destination.url)
    assert await shell.json("wait", "--idle") == {"idle": True, "later": 1}
    assert len(destination.requests) == 1


async def test_never_idle(shell: Shell, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url)
    await destination.received(1)
    assert id in await shell.refusal("wait", "--idle", "--timeout", "0.2", code=124)
    assert id in await shell.refusal("wait", "--message", id, "--timeout", "0.2", code=124)
    hold.set()
    assert (await shell.json("wait", "--message", id))["state"] == "DELIVERED"


async def test_message_that_fails(shell: Shell, client: Client, destination: Destination) -> None:
    destination.answers(500)
    id = await client.publish(destination.url, Upstash_Retries="0")
    done = await shell.run("wait", "--idle", "--message", id)
    assert (done.exit_code, done.stderr) == (1, "")
    assert f"messageId: {id}, state: FAILED, sentence: gave up" in done.stdout


async def test_message_that_does_not_exist(shell: Shell) -> None:
    assert "msg_none" in await shell.refusal("wait", "--message", "msg_none", code=1)


@pytest.mark.parametrize("args", [["--idle"], ["--message", "msg_1"]])
def test_no_server(args: list[str], nowhere: str) -> None:
    assert "No server answers" in refusal("wait", *args, "--url", nowhere, code=4)


def test_wrong_usage() -> None:
    assert "'soon' is no duration: use a duration such as '10s'" in refusal("wait", "--timeout", "soon")
