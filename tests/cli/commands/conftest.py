"""Fixtures of the tests of the commands."""

from __future__ import annotations

import socket

import pytest

from qstash_dev.server import Server
from tests.cli.commands.support import Shell


@pytest.fixture
def shell(server: Server) -> Shell:
    return Shell(server.url)


@pytest.fixture(scope="session")
def nowhere() -> str:
    """The address of a server that does not run."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{sock.getsockname()[1]}"
