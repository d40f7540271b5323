"""The page on the command line documents what ``--json`` prints."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
from collections import defaultdict
from urllib.parse import quote

from qstash_dev.cli.travel_lines import TravelPrinter
from qstash_dev.server import Server
from tests.cli.program import server_program
from tests.cli.screen import Screen
from tests.conftest import Client, within
from tests.destination import Answer, Destination
from tests.docs.pages import ROOT, page, quoted

EVENTS = {quoted(row[0])[0]: set(quoted(row[2])) for row in page("cli").table("What it prints")}


def test_every_event_is_told() -> None:
    sources = [file.read_text() for file in (ROOT / "qstash_dev").rglob("*.py") if "node_modules" not in file.parts]
    names = {name for text in sources for name in re.findall(r'json_object\(\s*event="(\w+)"', text)}
    assert names | {"attempt", "state"} == EVENTS.keys()


async def test_every_field_of_every_event_is_told(destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), path="/slow").answers(500, path="/broken")
    destination.answers(Answer(500, headers={"Upstash-Error-Step-Name": "charge"}), path="/run")
    run = {"Upstash_Workflow_Init": "true", "Upstash_Workflow_RunId": "wfr_1"}
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        down = sock.getsockname()[1]
    options = ("--json", "--verbose", "--retry-when-up", "--map", f"https://*={destination.url}")
    async with server_program(*options) as (running, client):
        await client.publish("https://myapp.test/broken", Upstash_Retries="1")
        await client.publish(f"{destination.url}/run", Upstash_Retries="0", **run)
        await running.event("run")
        await client.publish(f"http://127.0.0.1:{down}", Upstash_Retry_Delay="3600000")
        await running.event("attempt")
        with socket.create_server(("127.0.0.1", down)):
            await running.event("up")
        await client.call("POST", "/_dev/clock/next")
        await running.event("travel")
        await client.publish(f"{destination.url}/slow", Upstash_Delay="1h", Upstash_Forward_Te="trailers")
        await client.publish(quote(f"{destination.url}/slow", safe=""))
        await destination.received(3)
        await client.call("GET", "/v2/logs?order=up", headers={"Upstash-Workflow-RunId": "wfr_1"})
        await client.call("GET", "/v2/logs", headers={"Authorization": "Bearer a-wrong-token"})
        await client.call("POST", "/v2/notify/paid")
        running.send(signal.SIGTERM)
        await running.event("stopping")
        hold.set()
        _, rest, _ = await running.end()
    printed = defaultdict[str, set[str]](set)
    for line in [*running.lines, *rest.splitlines()]:
        event = json.loads(line)
        printed[event.pop("event")] |= event.keys()
    # Only a reader that is slow has lines left out, and only a call that hangs for long is told.
    assert printed | {"leftOut": {"lines"}, "travelWaits": EVENTS["travelWaits"]} == EVENTS


@within(still_waiting_s=(0.01,))
async def test_every_field_of_a_call_that_holds_a_journey_is_told(
    server: Server, client: Client, destination: Destination
) -> None:
    hold, told = asyncio.Event(), asyncio.Event()
    destination.answers(Answer(hold=hold))
    screen = Screen()
    subscribers = [
        TravelPrinter(screen.lines, as_json=True, colour=False),
        lambda _, one: told.set() if one.told else None,
    ]
    server.travel.subscribers += subscribers
    await client.publish(destination.url)
    journey = asyncio.create_task(server.travel.by(1_000, timeout_s=60))
    await told.wait()
    hold.set()
    await journey
    server.travel.subscribers.clear()
    first = json.loads(screen.shown()[0])
    assert first.pop("event") == "travelWaits"
    assert first.keys() == EVENTS["travelWaits"]
