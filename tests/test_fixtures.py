"""The server that tests share."""

from __future__ import annotations

from tests.conftest import Client, PatientServer
from tests.destination import Destination


async def test_a_server_starts_over_when_its_last_message_is_delivered(
    server: PatientServer, client: Client, destination: Destination
) -> None:
    """It would otherwise arrive in the middle of the next test."""
    await client.publish(destination.url)
    await server.start_over()
    assert len(destination.requests) == 1
    assert (await client.get("/v2/events"))["events"] == []
