"""A workflow of the first user, whose endpoint accepts whatever is delivered."""

from __future__ import annotations

import pytest

from tests.api.workflow import SDK, Workflow
from tests.conftest import Client
from tests.destination import Answer, Destination


@pytest.fixture
def workflow(client: Client, destination: Destination) -> Workflow:
    for path in ("/workflow", "/workflow/child"):
        destination.answers(Answer(headers=SDK), path=path)
    return Workflow(client, f"{destination.url}/workflow")
