"""A server that cannot start: it says why and what to do, and exits with 1, or with 3 if the port is in use."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from qstash_dev.cli.serve import start_error
from qstash_dev.config import Config
from qstash_dev.server import Server
from tests.cli.program import everything_before_exit, program
from tests.destination import Destination


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of 127.0.0.1 on which another program listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


def hint_of_the_javascript_sdk(output: str) -> str | None:
    """The port that @upstash/qstash finds in what a server printed that did not start (src/dev-server/process.ts)."""
    cleaned = re.sub("\x1b\\[[\\d;]*m", "", output)
    cleaned = re.sub(r"^\d{1,2}:\d{2}(AM|PM)\s+\w{3}\s+", "", cleaned, flags=re.MULTILINE).strip()
    if re.search("address already in use", cleaned, re.IGNORECASE) is None:
        return None
    found = re.search(r":(\d+)\s*$", cleaned)
    return found and found[1]


@pytest.mark.parametrize("flags", [[], ["--json"], ["--quiet"], ["--host", "127.0.0.1"]], ids=" ".join)
def test_taken_port(taken: int, flags: list[str]) -> None:
    code, output, complaint = everything_before_exit("dev", "--port", str(taken), *flags)
    assert (code, output) == (3, "")
    assert complaint.startswith("Another program uses this port. Stop it, or choose another port with --port.\n")
    assert complaint.endswith(f"address already in use: 127.0.0.1:{taken}\n")
    assert hint_of_the_javascript_sdk(output + complaint) == str(taken)


@pytest.mark.parametrize("flags", [[], ["--host", "127.0.0.1"]], ids=" ".join)
async def test_port_of_another_server_of_ours(flags: list[str], server: Server) -> None:
    async with program("dev", "--port", str(server.port), *flags) as second:
        code, output, complaint = await second.end()
    assert (code, output) == (3, "")
    who, address = complaint.splitlines()
    assert who == "qstash-dev is already running there. Use it, stop it, or choose another port with --port."
    assert address == f"listen tcp: bind: address already in use: 127.0.0.1:{server.port}"


async def test_port_of_another_web_server(destination: Destination) -> None:
    async with program("dev", "--port", destination.url.rpartition(":")[2]) as second:
        code, _, complaint = await second.end()
    assert code == 3
    assert complaint.startswith("Another program uses this port.")


def test_address_that_is_not_ours() -> None:
    code, output, complaint = everything_before_exit("dev", "--port=0", "--host=192.0.2.1")
    assert (code, output) == (1, "")
    assert re.fullmatch(r"Cannot listen on 192\.0\.2\.1:0: .*\. Choose an address .* with --host\.\n", complaint)


def test_host_that_does_not_exist() -> None:
    code, output, complaint = everything_before_exit("dev", "--port=0", "--host=no-such-host.invalid")
    assert (code, output) == (1, "")
    assert complaint.startswith("Cannot listen on no-such-host.invalid:0: ")
    assert "Traceback" not in complaint


def test_port_that_only_an_administrator_may_use() -> None:
    said = start_error(PermissionError(13, "Permission denied"), Config(port=80))
    assert said == "Cannot listen on 127.0.0.1:80: Permission denied. Choose a port of 1024 or above with --port."


async def test_taken_log_port_is_a_warning(taken: int) -> None:
    async with program("dev", "--port", "0", "--log-port", str(taken), "--json") as running:
        assert (await running.event("ready"))["logPort"] is None
        code, _, complaint = await running.stop()
    assert code == 0
    assert complaint.startswith("warning: ")
    assert f"127.0.0.1:{taken}; choose another port with --log-port" in complaint
