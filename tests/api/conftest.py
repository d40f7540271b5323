"""A workflow of the first user, whose endpoint accepts whatever is delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from qstash_dev.server import Server
from tests.api.workflow import SDK, Workflow
from tests.conftest import Client
from tests.destination import Answer, Destination


@pytest.fixture
async def workflow(server: Server, client: Client, destination: Destination) -> AsyncIterator[Workflow]:
    for path in ("/workflow", "/workflow/child"):
        destination.answers(Answer(headers=SDK), path=path)
    yield Workflow(client, f"{destination.url}/workflow")
    # A destination that stops in the middle of a delivery waits long for its end.
    await server.idle()
