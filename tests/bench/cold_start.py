"""Cold start: from starting the process to its first answered request, beside importing aiohttp alone."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time

from qstash_dev.state.tenant import USERS
from tests.bench.table import Row

ROUNDS = 11
_DEADLINE_S = 20


def rows(rounds: int = ROUNDS) -> list[Row]:
    """One row of medians in milliseconds, taken by turns."""
    _server_ms(), _import_ms()
    taken = [(_server_ms(), _import_ms()) for _ in range(rounds)]
    server_ms, import_ms = (statistics.median(column) for column in zip(*taken, strict=True))
    return [Row("start to first answer / python -c 'import aiohttp'", "ms", server_ms, import_ms, at_most=1.5)]


def _import_ms() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import aiohttp"], check=True)
    return (time.perf_counter() - started) * 1_000


def _server_ms() -> float:
    port = _free_port()
    command = [sys.executable, "-m", "qstash_dev", "dev", "--port", str(port), "--quiet"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=_environment()) as server:
        try:
            while not _answers(port):
                if time.perf_counter() - started > _DEADLINE_S:
                    raise TimeoutError("the server did not start")
            return (time.perf_counter() - started) * 1_000
        finally:
            server.kill()


def _environment() -> dict[str, str]:
    # Compiled once and kept, like every installed package; aiohttp was compiled when it was installed.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | {"QSTASH_DEV_LOG_PORT": "0"}


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_DEADLINE_S)
    try:
        connection.request("GET", "/v2/keys", headers={"Authorization": f"Bearer {USERS[0].token}"})
        return connection.getresponse().status == 200
    except OSError:
        # Not listening yet: give the core to the server.
        os.sched_yield()
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
