"""The processes of measured servers: started, measured from outside, and always stopped."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from qstash_dev.state.tenant import USERS
from tests.bench.load.cores import SERVER_CORE, pin
from tests.bench.load.errors import Unreliable
from tests.bench.load.waiting import until
from tests.environment import clean_environment

ROOT = Path(__file__).parents[3]
TOKEN = USERS[0].token
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if sys.platform != "win32" else 0
_DEADLINE_S = 30
_CPU_OF_A_PROCESS = 2


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    pid: int
    port: int

    def cpu_s(self) -> float:
        """CPU time of all its threads, to the nanosecond. Only Linux tells that about another process."""
        # The clock of a process, made as clock_getcpuclockid(3) makes it.
        return time.clock_gettime((~self.pid << 3) | _CPU_OF_A_PROCESS)

    def rss_bytes(self) -> int:
        """Memory it has in RAM."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE_BYTES


Start = Callable[[], AbstractAsyncContextManager[Server]]


def ours(*options: str) -> AbstractAsyncContextManager[Server]:
    """Our server as a user has it: signing, log, retention, and a line for each attempt, here into a file."""
    return _started("-m", "qstash_dev", "dev", "--port", "0", *options)


def relay() -> AbstractAsyncContextManager[Server]:
    """The yardstick."""
    return _started("-m", "tests.bench.relay")


@asynccontextmanager
async def _started(*command: str) -> AsyncIterator[Server]:
    with tempfile.TemporaryFile() as output:
        process = _process(command, output)
        try:
            yield Server(process.pid, await _port(process, output))
        finally:
            process.kill()
            process.wait()


def _process(command: Sequence[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    pin(process.pid, SERVER_CORE)
    return process


async def _port(process: subprocess.Popen[bytes], output: IO[bytes]) -> int:
    """The port that it prints when it listens."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + _DEADLINE_S
    while loop.time() < deadline_s and process.poll() is None:
        if found := re.search(rb"http://127\.0\.0\.1:(\d+)", _printed(output)):
            return int(found[1])
        await until(loop.time() + 0.01)
    raise Unreliable(f"the server did not start: {_printed(output).decode(errors='replace')}")


def _printed(output: IO[bytes]) -> bytes:
    # Not by reading: the server writes where this file stands.
    return os.pread(output.fileno(), 65_536, 0)


def _environment() -> dict[str, str]:
    # Compiled once and kept, like every installed package.
    return {name: value for name, value in clean_environment().items() if name != "PYTHONDONTWRITEBYTECODE"}
