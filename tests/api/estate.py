"""One of everything that a user may have, and all that can be seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qstash_dev.server import Server
from tests.api.support import NOWHERE, done, make_group
from tests.api.test_every_route import FIELD
from tests.conftest import Client
from tests.destination import Destination

COLLECTIONS = ["/v2/events", "/v2/logs", "/v2/dlq", "/v2/schedules", "/v2/topics", "/v2/queues", "/v2/flowControl"]


@dataclass(frozen=True)
class Owned:
    """Ids of what the owner has; all else has a name that says what it is."""

    message: str
    letter: str

    def target(self, path: str) -> str:
        """The path with the owner's names in the place of its fields."""
        names = {
            "_": "s",
            "destination": "group",
            "queue": "queue",
            "key": "key",
            "name": "queue" if "queues" in path else "group",
            "id": self.letter if "dlq" in path else "schedule" if "chedules" in path else self.message,
        }
        return FIELD.sub(lambda field: names[field[1]], path)


async def furnish(server: Server, client: Client, destination: Destination) -> Owned:
    """One of everything: a group, queue, schedule, flow control key, waiting message and dead letter."""
    flow = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "rate=1"}
    await make_group(client, "group", destination.url)
    await done(client, "POST", "/v2/queues", json={"queueName": "queue"})
    headers = {"Upstash-Cron": "@yearly", "Upstash-Schedule-Id": "schedule"}
    await client.call("POST", f"/v2/schedules/{NOWHERE}", headers=headers)
    message = await client.publish(NOWHERE, b"private", Upstash_Delay="1h", Upstash_Deduplication_Id="once", **flow)
    await client.publish(NOWHERE, b"private", Upstash_Retries="0")
    await server.idle()
    [letter] = (await client.get("/v2/dlq"))["messages"]
    return Owned(message, letter["dlqId"])


async def world(client: Client) -> list[Any]:
    """All that a user can see."""
    return [await client.get(path) for path in [*COLLECTIONS, "/v2/keys", "/v2/globalParallelism"]]
