"""The start-up text of the real command, and that all of it is true."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator

import aiohttp
import pytest

from qstash_dev import __version__
from qstash_dev.state.tenant import USERS
from tests.cli.program import Program, program, server_program
from tests.conftest import Client
from tests.destination import Destination

# As @upstash/qstash recognises a server that it has started (src/dev-server/process.ts).
RUNNING = re.compile(r"runn+ing( at|\.)", re.IGNORECASE)
VARIABLES = ("QSTASH_URL", "QSTASH_TOKEN", "QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY")


@pytest.fixture
async def piped(destination: Destination) -> AsyncIterator[Program]:
    """A server whose output is a pipe; what is published to the port of the sample goes to our destination."""
    async with program("dev", "-port=0", "--map", f"http://localhost:3000/*={destination.url}") as running:
        yield running


async def start_up_text(running: Program) -> str:
    await running.line_like("^curl ")
    return "\n".join(running.lines)


def shell(script: str) -> str:
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=20, check=True).stdout


async def test_first_line_says_where_it_is_running(piped: Program) -> None:
    first = await piped.line()
    assert RUNNING.search(first)
    url = first.rpartition(" ")[2]
    async with aiohttp.ClientSession() as session:
        assert await Client(session, url, USERS[0].token).get("/v2/keys")
    assert first == f"qstash-dev {__version__} is running at {url}"


async def test_text_in_a_pipe_is_plain(piped: Program) -> None:
    text = await start_up_text(piped)
    assert all(line.isprintable() and line.isascii() for line in text.splitlines())


async def test_environment_of_each_user_can_be_pasted_into_a_shell(piped: Program) -> None:
    text = await start_up_text(piped)
    url = text.splitlines()[0].rpartition(" ")[2]
    blocks = re.findall(r"^# (\w+)\n((?:export .*\n){4})", text, re.MULTILINE)
    assert [name for name, _ in blocks] == [user.id for user in USERS]
    for user, (_, block) in zip(USERS, blocks, strict=True):
        printed = shell(block + "printenv " + " ".join(VARIABLES))
        assert printed.split() == [url, user.token, user.current_signing_key, user.next_signing_key]


async def test_sample_request_works_and_is_shown(piped: Program, destination: Destination) -> None:
    sample = (await start_up_text(piped)).splitlines()[-1]
    answer = json.loads(await asyncio.to_thread(shell, sample))
    await destination.received(1)
    (request,) = destination.requests
    assert (request.target, request.json, request.headers["Content-Type"]) == (
        "/api",
        {"hello": "world"},
        "application/json",
    )
    where = destination.url.removeprefix("http://")
    assert await piped.line_like(
        rf"^\d\d:\d\d:\d\d 200 POST http://localhost:3000/api → {where} \d+ms {answer['messageId']} try 1/4$"
    )


async def test_json_begins_with_all_that_a_program_needs() -> None:
    async with server_program("--json", "--log-port", "0") as (running, client):
        ready = json.loads(running.lines[0])
        assert await client.get("/v2/keys") == {
            "current": ready["env"]["QSTASH_CURRENT_SIGNING_KEY"],
            "next": ready["env"]["QSTASH_NEXT_SIGNING_KEY"],
        }
        for user in ready["users"]:
            client.token = user["readOnlyToken"]
            assert await client.get("/v2/keys") == {
                "current": user["env"]["QSTASH_CURRENT_SIGNING_KEY"],
                "next": user["env"]["QSTASH_NEXT_SIGNING_KEY"],
            }
        client.url = f"http://127.0.0.1:{ready['logPort']}"
        assert await client.get("/v2/keys")
    assert ready["event"] == "ready"
    assert ready["version"] == __version__
    assert ready["url"] == f"http://127.0.0.1:{ready['port']}"
    assert [(user["name"], user["env"]["QSTASH_TOKEN"]) for user in ready["users"]] == [
        (user.id, user.token) for user in USERS
    ]
    assert ready["env"] == ready["users"][0]["env"]
    assert tuple(ready["env"]) == VARIABLES
