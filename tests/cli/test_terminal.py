"""Colours on a terminal or where they are forced, and plain text otherwise."""

from __future__ import annotations

import asyncio
import os
import re
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE
from tests.cli.program import DEADLINE_S, program, server_program
from tests.conftest import Client

ESCAPE = "\x1b["


class Terminal:
    """The screen's end of a pseudo-terminal; remembers what was shown."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.shown = ""
        self._reader = reader

    async def shows(self, pattern: str) -> re.Match[str]:
        """Wait until the pattern is found in what was shown."""
        async with asyncio.timeout(DEADLINE_S):
            while not (found := re.search(pattern, self.shown, re.MULTILINE)):
                try:
                    more = await self._reader.read(65_536)
                except OSError:  # Linux ends a pseudo-terminal so.
                    more = b""
                assert more, f"the program ended: {self.shown}"
                self.shown += more.decode().replace("\r\n", "\n")
        return found


@asynccontextmanager
async def terminal(columns: int = 80, **env: str) -> AsyncIterator[tuple[Terminal, Client]]:
    """A server on a terminal of its own, started up, and a client of its first user."""
    screen, device = os.openpty()
    termios.tcsetwinsize(device, (50, columns))
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(screen, "rb", buffering=0)
    )
    try:
        environment = {"TERM": "xterm-256color"} | env
        async with program("dev", "--port", "0", stdout=device, env=environment), aiohttp.ClientSession() as session:
            os.close(device)
            seen = Terminal(reader)
            await seen.shows("^curl .*\n")
            url = (await seen.shows(r"running at[^h]*(http://[\d.:]+)"))[1]
            yield seen, Client(session, url, USERS[0].token)
    finally:
        transport.close()


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", text)


async def deliver(client: Client) -> None:
    await client.publish(NOWHERE, Upstash_Retries="0")


async def test_terminal_gets_colours() -> None:
    async with terminal() as (seen, client):
        assert ESCAPE in seen.shown
        assert re.search(r"^╭─+╮$", without_colours(seen.shown), re.MULTILINE)
        await deliver(client)
        await seen.shows(r"\d\d:\d\d:\d\d \x1b\[31mERR\x1b\[0m POST http://127\.0\.0\.1:1 ")


@pytest.mark.parametrize("columns", [40, 0])
async def test_what_people_copy_is_never_wrapped(columns: int) -> None:
    async with terminal(columns) as (seen, client):
        lines = without_colours(seen.shown).splitlines()
    for user in USERS:
        assert f'export QSTASH_TOKEN="{user.token}"' in lines
        assert f'export QSTASH_URL="{client.url}"' in lines
    (sample,) = (line for line in lines if line.startswith("curl "))
    assert sample.endswith("""-d '{"hello":"world"}'""")


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}])
async def test_terminal_that_shows_no_colours_gets_plain_text(env: dict[str, str]) -> None:
    async with terminal(**env) as (seen, client):
        await deliver(client)
        await seen.shows(r"^\d\d:\d\d:\d\d ERR POST http://127\.0\.0\.1:1 ")
    assert seen.shown.startswith("qstash-dev ")
    assert all(line.isprintable() for line in seen.shown.splitlines())


async def test_colours_can_be_forced_into_a_pipe() -> None:
    async with program("dev", "--port", "0", env={"FORCE_COLOR": "1"}) as running:
        url = re.search(r"http://[\d.:]+", without_colours(await running.line_like("running at")))
        assert url
        async with aiohttp.ClientSession() as session:
            await deliver(Client(session, url[0], USERS[0].token))
        assert ESCAPE in await running.line_like("ERR.* POST ")


async def test_json_has_no_colours() -> None:
    async with server_program("--json", env={"FORCE_COLOR": "1"}) as (running, client):
        await deliver(client)
        await running.event("attempt")
        assert ESCAPE not in "".join(running.lines)
