"""Fixtures for tests of workflow routes: an endpoint that accepts every delivery, and publishes in both
directions."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from qstash_dev.server import Server
from tests.api.workflow import SDK, Workflow
from tests.conftest import Client
from tests.destination import Answer, Destination

# Whatever these find must be the same whether a publish is answered by the gate or by aiohttp.
BOTH_WAYS = {
    "test_auth",
    "test_hostile_input",
    "test_reading",
    "test_publish_bad_values",
    "test_publish_destinations",
    "test_publish_options",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs every test of a publish once with the gate and once without, unless it is never answered by the gate."""
    is_one_way = metafunc.definition.get_closest_marker("never_by_the_gate") is not None
    module = metafunc.module.__name__.rpartition(".")[2]
    if module in BOTH_WAYS and not is_one_way and "gate" in metafunc.fixturenames:
        metafunc.parametrize("gate", [True, False], ids=["gate", "aiohttp"])


@pytest.fixture
async def workflow(server: Server, client: Client, destination: Destination) -> AsyncIterator[Workflow]:
    for path in ("/workflow", "/workflow/child"):
        destination.answers(Answer(headers=SDK), path=path)
    yield Workflow(client, f"{destination.url}/workflow")
    # A destination that stops in the middle of a delivery waits long for its end.
    await server.idle()
