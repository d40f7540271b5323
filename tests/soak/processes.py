"""The two processes beside the driver: the server as users start it, and its enemies. Both end with the driver."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.bench.load.cores import SERVER_CORE, pin
from tests.bench.load.errors import Unreliable
from tests.bench.load.server import ROOT, Server
from tests.environment import clean_environment

RETAINED = ("--retain-messages", "1000", "--retain-events", "3000", "--quota", "free")
_STOPS_WITHIN_S = 10
_MOST_LINE = 1024 * 1024


@asynccontextmanager
async def _process(*command: str, **pipes: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        env=clean_environment(),
        stdout=asyncio.subprocess.PIPE,
        limit=_MOST_LINE,
        **pipes,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Running:
    """The server. Each line that it prints goes to ``line``."""

    def __init__(self, process: asyncio.subprocess.Process, line: Callable[[bytes], None]) -> None:
        self._process = process
        self._line = line
        self._reading: asyncio.Task[None] | None = None

    async def ready(self) -> Server:
        """Wait until it listens."""
        assert self._process.stdout is not None
        first = await self._process.stdout.readline()
        if not first:
            raise Unreliable("the server did not start")
        self._reading = asyncio.create_task(self._read(self._process.stdout))
        return Server(self._process.pid, json.loads(first)["port"])

    async def _read(self, printed: asyncio.StreamReader) -> None:
        async for line in printed:
            self._line(line)

    async def stop(self) -> int:
        """Ask it to stop and read what it prints last; its exit code, or a negative number if it had to be killed."""
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _STOPS_WITHIN_S)
        except TimeoutError:
            self._process.kill()
        if self._reading is not None:
            await self._reading
        return await self._process.wait()


@asynccontextmanager
async def server(line: Callable[[bytes], None], *options: str) -> AsyncIterator[Running]:
    """Start the server with small limits, which are soon reached."""
    command = ("-m", "qstash_dev", "dev", "--port", "0", "--json", "--verbose", *RETAINED, *options)
    async with _process(*command, stdin=asyncio.subprocess.DEVNULL) as process:
        pin(process.pid, SERVER_CORE)
        yield Running(process, line)


class Enemies:
    """The process of everything that is hostile."""

    def __init__(self, process: asyncio.subprocess.Process, promised: Callable[[str], None]) -> None:
        self._process = process
        self._promised = promised
        self._reading: asyncio.Task[None] | None = None
        self.refused = self.deliveries = 0

    async def start(self, port: int, per_s: float, without: tuple[str, ...] = (), *, hostile: bool) -> None:
        """Let them at the server, or from now on in the other manner."""
        assert self._process.stdout is not None
        if self._reading is None:
            await self._process.stdout.readline()
            self._reading = asyncio.create_task(self._read(self._process.stdout))
        self._order({"port": port, "perS": per_s, "without": without, "hostile": hostile})

    async def stop(self) -> None:
        """Call them back, and wait until their last reports are in. They let go of everything when they end."""
        if self._reading is None:
            return
        self._order({})
        await self._reading
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    def _order(self, order: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _read(self, printed: asyncio.StreamReader) -> None:
        async for line in printed:
            told = json.loads(line)
            self.refused, self.deliveries = told["refused"], told["deliveries"]
            for id in told["promised"]:
                self._promised(id)
            if told.get("done"):
                return
        raise Unreliable("the enemies gave up before they were told to")


@asynccontextmanager
async def enemies(promised: Callable[[str], None]) -> AsyncIterator[Enemies]:
    """Start them; ``promised`` is told each message that the server accepts from them."""
    async with _process("-m", "tests.soak.enemies", stdin=asyncio.subprocess.PIPE) as process:
        yield Enemies(process, promised)


def descriptors(pid: int) -> int:
    """How many files and sockets a process has open."""
    return len(os.listdir(Path("/proc") / str(pid) / "fd"))
