"""The command as a process: started, read with a deadline, and always stopped."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from click.testing import CliRunner

from qstash_dev.cli.main import main
from qstash_dev.config import Config
from qstash_dev.state.tenant import USERS
from tests.conftest import Client
from tests.environment import clean_environment

COMMAND = (sys.executable, "-m", "qstash_dev")
DEADLINE_S = 30


class Program:
    """A running command; every wait has a deadline."""

    def __init__(self, process: Process, output: asyncio.StreamReader | None) -> None:
        self.process = process
        self.lines: list[str] = []
        self._output = output
        # Read all along: a full pipe would stop the program.
        self._errors = asyncio.create_task(self._read_errors(process.stderr))
        self._complained = asyncio.Condition()
        self._complaint = ""

    async def line(self) -> str:
        """The next line of its output, without the end of the line."""
        assert self._output is not None
        async with asyncio.timeout(DEADLINE_S):
            raw = await self._output.readline()
        assert raw.endswith(b"\n"), f"the program ended: {self.lines} {raw!r}"
        self.lines.append(raw.decode().rstrip("\r\n"))
        return self.lines[-1]

    async def line_like(self, pattern: str) -> str:
        """The next line in which the pattern is found; those before it are skipped."""
        while not re.search(pattern, line := await self.line()):
            pass
        return line

    async def error_like(self, pattern: str) -> None:
        """Wait until the pattern is found in what it has written to standard error."""
        async with asyncio.timeout(DEADLINE_S), self._complained:
            await self._complained.wait_for(lambda: re.search(pattern, self._complaint, re.MULTILINE) is not None)

    async def event(self, name: str) -> dict[str, Any]:
        """The next JSON line with this ``event``; those before it are skipped."""
        while (event := json.loads(await self.line()))["event"] != name:
            pass
        assert isinstance(event, dict)
        return event

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def end(self) -> tuple[int, str, str]:
        """Wait until it ends by itself: its exit code, and what it printed since to both streams."""
        async with asyncio.timeout(DEADLINE_S):
            rest = b"" if self._output is None else await self._output.read()
            await self._errors
            return await self.process.wait(), rest.decode(), self._complaint

    async def _read_errors(self, stream: asyncio.StreamReader | None) -> None:
        while stream is not None and (line := await stream.readline()):
            async with self._complained:
                self._complaint += line.decode()
                self._complained.notify_all()

    async def stop(self) -> tuple[int, str, str]:
        """Ask it to end."""
        self.send(signal.SIGTERM)
        return await self.end()

    async def kill(self) -> None:
        """End it and whatever it has started, if they have not ended."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._errors.cancel()
        await self.process.wait()


@asynccontextmanager
async def program(
    *args: str,
    env: Mapping[str, str] | None = None,
    command: tuple[str, ...] = COMMAND,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int = PIPE,
    stderr: int = PIPE,
) -> AsyncIterator[Program]:
    """Start a command with output and errors in pipes, or in the files ``stdout`` and ``stderr``."""
    process = await asyncio.create_subprocess_exec(
        *command,
        *args,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=clean_environment() | dict(env or {}),
        limit=1 << 20,
        start_new_session=True,
    )
    running = Program(process, process.stdout)
    try:
        yield running
    finally:
        await running.kill()


@asynccontextmanager
async def server_program(
    *args: str, command: tuple[str, ...] = (*COMMAND, "dev", "--port", "0"), **options: Any
) -> AsyncIterator[tuple[Program, Client]]:
    """A ready server on a port of its own, and a client of its first user."""
    async with program(*args, command=command, **options) as running:
        url = re.search(r"http://[^\s\"]+", await running.line())
        assert url, running.lines
        async with aiohttp.ClientSession(skip_auto_headers=["Content-Type", "User-Agent", "Accept"]) as session:
            yield running, Client(session, url[0], USERS[0].token)


def config_of(*args: str, env: Mapping[str, str] | None = None) -> Config:
    """What the command would start a server with, for tests that need no process of its own."""
    started: list[Config] = []

    def run(config: Config, **_: object) -> None:
        started.append(config)

    inherited = dict.fromkeys(name for name in os.environ if name.startswith("QSTASH_"))
    options = ["dev", "--port", "0", *args]
    outcome = CliRunner().invoke(main, options, obj=run, env={**inherited, **(env or {})})
    assert outcome.exit_code == 0, outcome.output
    return started.pop()


def everything_before_exit(
    *args: str, env: Mapping[str, str] | None = None, command: tuple[str, ...] = COMMAND
) -> tuple[int, str, str]:
    """Run a command that ends by itself: exit code, standard output, standard error."""
    environment = clean_environment() | dict(env or {})
    done = subprocess.run(
        [shutil.which(command[0], path=environment["PATH"]) or command[0], *command[1:], *args],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
        timeout=DEADLINE_S,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
