"""The page on the command line documents what ``--json`` prints."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections import defaultdict
from urllib.parse import quote

from tests.cli.program import server_program
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
    async with server_program("--json", "--verbose") as (running, client):
        await client.publish(f"{destination.url}/broken", Upstash_Retries="1")
        await client.publish(f"{destination.url}/run", Upstash_Retries="0", **run)
        await running.event("run")
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
    # Only a reader that is slow has lines left out.
    assert printed | {"leftOut": {"lines"}} == EVENTS
