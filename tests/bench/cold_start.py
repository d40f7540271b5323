"""Cold start: from the start of the process to its first answer, beside the import of aiohttp."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from statistics import median

from qstash_dev.state.tenant import USERS
from tests.bench.load.cores import SERVER_CORE, pin
from tests.bench.table import Row

ROUNDS = 11
_DEADLINE_S = 20
_BETWEEN_TRIES_S = 0.001
_NEVER = threading.Event()
_WEB = "from aiohttp import web"
_AIOHTTP = "import aiohttp"


def rows(rounds: int = ROUNDS) -> list[Row]:
    """Two rows of medians in milliseconds, taken by turns."""
    ways = (_server_ms, partial(_python_ms, _WEB), partial(_python_ms, _AIOHTTP))
    for way in ways:
        way()
    taken = [[way() for way in ways] for _ in range(rounds)]
    server_ms, web_ms, aiohttp_ms = (median(column) for column in zip(*taken, strict=True))
    what = "start to first answer / python -c"
    return [
        Row(f"{what} '{_WEB}'", "ms", server_ms, web_ms, at_most=1.05, moonshot=0.95),
        Row(f"{what} '{_AIOHTTP}'", "ms", server_ms, aiohttp_ms, at_most=1.5),
    ]


def _python_ms(code: str) -> float:
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        pin(process.pid, SERVER_CORE)
    assert process.returncode == 0, code
    return (time.perf_counter() - started) * 1_000


def _server_ms() -> float:
    port = _free_port()
    command = [sys.executable, "-m", "qstash_dev", "dev", "--port", str(port), "--quiet"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=_environment()) as server:
        pin(server.pid, SERVER_CORE)
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
        # Not listening yet.
        _NEVER.wait(_BETWEEN_TRIES_S)
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
