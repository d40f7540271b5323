"""The lines for workflow runs: how they end, and why they cannot continue."""

from __future__ import annotations

import json
import re

import pytest

from qstash_dev.cli.event_lines import RunPrinter
from qstash_dev.server import Server
from tests.api.support import NOWHERE
from tests.cli.screen import Screen
from tests.conftest import Client
from tests.destination import Destination

STAMP = r"\d\d:\d\d:\d\d"


class Watched:
    """Prints the runs of the first user to memory."""

    def __init__(self, server: Server, *, as_json: bool = False, colour: bool = False) -> None:
        self._screen = Screen()
        printer = RunPrinter(self._screen.lines, as_json=as_json, colour=colour)
        server.broker.tenants.all()[0].runs.subscribers.append(printer)

    def lines(self) -> list[str]:
        return self._screen.shown()


async def start(client: Client, url: str, id: str = "wfr_1") -> None:
    headers = {"Upstash-Workflow-Init": "true", "Upstash-Workflow-RunId": id, "Upstash-Retries": "0"}
    status, answer = await client.call("POST", f"/v2/publish/{url}", headers=headers)
    assert status == 201, answer


async def test_a_run_that_ends_well_is_a_line(server: Server, client: Client, destination: Destination) -> None:
    watched = Watched(server)
    await start(client, destination.url)
    await client.call("DELETE", "/v2/workflows/runs/wfr_1?cancel=false", data=b"1")
    await server.idle()
    (line,) = watched.lines()
    assert re.fullmatch(rf"{STAMP} RUN wfr_1 {destination.url}: ended as RUN_SUCCESS", line)


async def test_a_run_that_fails_says_why_and_who_was_told(server: Server, client: Client) -> None:
    watched = Watched(server)
    await start(client, NOWHERE)
    await server.idle()
    why, ended, untold = watched.lines()
    assert "the run failed: connection refused by 127.0.0.1:1: is your app running?" in why
    assert ended.endswith("ended as RUN_FAILED")
    assert "nobody was told of the failure" in untold


async def test_a_step_for_a_run_that_is_over_is_a_line(
    server: Server, client: Client, destination: Destination
) -> None:
    await start(client, destination.url)
    await client.call("DELETE", "/v2/workflows/runs/wfr_1")
    watched = Watched(server)
    headers = {"Upstash-Workflow-Init": "false", "Upstash-Workflow-RunId": "wfr_1"}
    status, _ = await client.call("POST", f"/v2/publish/{destination.url}", json={"stepId": 1}, headers=headers)
    await server.idle()
    assert status == 400
    assert "a step was submitted to a run that had ended as RUN_CANCELED, and was refused" in watched.lines()[0]


async def test_programs_get_json(server: Server, client: Client) -> None:
    watched = Watched(server, as_json=True)
    await start(client, NOWHERE)
    await server.idle()
    ended = json.loads(watched.lines()[1])
    assert {name: ended[name] for name in ("event", "state", "user", "workflowRunId", "url", "text")} == {
        "event": "run",
        "state": "RUN_FAILED",
        "user": "defaultUser",
        "workflowRunId": "wfr_1",
        "url": NOWHERE,
        "text": "ended as RUN_FAILED",
    }


@pytest.mark.parametrize("id", ["wfr_\x1b[31m", "wfr_\u202egnp", "wfr_\n"])
async def test_the_id_of_a_run_cannot_steer_the_terminal(server: Server, client: Client, id: str) -> None:
    watched = Watched(server)
    item = {"destination": NOWHERE, "headers": {"Upstash-Workflow-Init": "true", "Upstash-Workflow-RunId": id}}
    await client.call("POST", "/v2/batch", json=[item])
    await client.call("DELETE", "/v2/workflows/runs")
    assert all(line.isprintable() for line in watched.lines())
