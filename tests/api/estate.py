"""A user with one of each resource, and every route that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qstash_dev.server import Server
from tests.api.support import NOWHERE, done, make_group
from tests.api.test_every_route import FIELD
from tests.conftest import Client
from tests.destination import Destination

COLLECTIONS = ["/v2/events", "/v2/logs", "/v2/dlq", "/v2/schedules", "/v2/topics", "/v2/queues", "/v2/flowControl"]
RUNS = ["/v2/workflows/logs", "/v2/workflows/dlq", "/v2/waiters/event"]


@dataclass(frozen=True)
class Owned:
    """Ids of what the owner has; all else has a name that says what it is."""

    message: str
    letter: str
    run_letter: str

    def target(self, path: str) -> str:
        """The path with the owner's names in the place of its fields."""
        names = {
            "_": "s",
            "destination": "group",
            "queue": "queue",
            "key": "key",
            "name": "queue" if "queues" in path else "group",
            "event": "event",
            "id": self._id(path),
        }
        return FIELD.sub(lambda field: names[field[1]], path)

    def _id(self, path: str) -> str:
        if "dlq" in path:
            return self.run_letter if "workflows" in path else self.letter
        if "runs" in path or "notify" in path:
            return "wfr_waiting"
        return "schedule" if "chedules" in path else self.message


async def furnish(server: Server, client: Client, destination: Destination) -> Owned:
    """One of everything: a group, queue, schedule, flow control key, message, dead letter and workflow runs."""
    flow = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "rate=1"}
    await make_group(client, "group", destination.url)
    await done(client, "POST", "/v2/queues", json={"queueName": "queue"})
    headers = {"Upstash-Cron": "@yearly", "Upstash-Schedule-Id": "schedule"}
    await client.call("POST", f"/v2/schedules/{NOWHERE}", headers=headers)
    message = await client.publish(NOWHERE, b"private", Upstash_Delay="1h", Upstash_Deduplication_Id="once", **flow)
    await client.publish(NOWHERE, b"private", Upstash_Retries="0")
    await _start_run(client, "wfr_waiting", {"Upstash-Delay": "1h"})
    step = {"stepId": 1, "stepName": "wait", "stepType": "Wait", "concurrent": 1}
    waiting = {"Upstash-Workflow-Init": "false", "Upstash-Workflow-RunId": "wfr_waiting"}
    await client.call("POST", "/v2/wait/event", json={"url": NOWHERE, "step": step}, headers=waiting)
    await _start_run(client, "wfr_failed", {"Upstash-Retries": "0"})
    await server.idle()
    [letter] = (await client.get("/v2/dlq"))["messages"]
    [run_letter] = (await client.get("/v2/workflows/dlq"))["messages"]
    return Owned(message, letter["dlqId"], run_letter["dlqId"])


async def _start_run(client: Client, id: str, headers: dict[str, str]) -> None:
    named = {"Upstash-Workflow-Init": "true", "Upstash-Workflow-RunId": id, "Upstash-Workflow-Url": NOWHERE}
    status, answer = await client.call("POST", f"/v2/publish/{NOWHERE}", data=b"private", headers=named | headers)
    assert status == 201, answer


async def world(client: Client) -> list[Any]:
    """All that a user can see."""
    return [await client.get(path) for path in [*COLLECTIONS, *RUNS, "/v2/keys", "/v2/globalParallelism"]]
