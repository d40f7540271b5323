"""The lines for workflow runs: how they end, and why they cannot continue."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from qstash_dev.cli.run_lines import RunPrinter
from qstash_dev.server import Server
from tests.api.support import NOWHERE
from tests.api.workflow import SDK, Workflow
from tests.cli.screen import Screen
from tests.conftest import Client
from tests.destination import Answer, Destination

STAMP = r"\d\d:\d\d:\d\d"


class Watched:
    """Prints the runs of the first user to memory."""

    def __init__(self, server: Server, *, as_json: bool = False, colour: bool = False) -> None:
        self._screen = Screen()
        self._printer = RunPrinter(self._screen.lines, as_json=as_json, colour=colour)
        server.broker.tenants.all()[0].runs.subscribers.append(self._printer)

    def lines(self) -> list[str]:
        return self._screen.shown()


@pytest.fixture
def workflow(client: Client, destination: Destination) -> Workflow:
    return Workflow(client, destination.url)


def steps_of(lines: list[str]) -> list[str]:
    """What the lines of attempts say of the steps, and all that follows."""
    return [found[1] for line in lines if (found := re.search(r" try \d/\d(.*)", line))]


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
    assert "no program was told of it" in untold


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


class WatchedAttempts(Watched):
    """Prints attempts as well, and events that reach no run."""

    def __init__(self, server: Server, *, as_json: bool = False) -> None:
        super().__init__(server, as_json=as_json)
        self._screen.watch(server, as_json=as_json)
        tenant = server.broker.tenants.all()[0]
        tenant.runs.unheard.subscribers.append(self._printer.unheard)


async def two_steps(server: Server, workflow: Workflow, destination: Destination) -> None:
    """A run whose second step throws."""
    submitted = [asyncio.Event(), asyncio.Event()]
    error = b'{"error":"Stripe","message":"card_declined","stack":"Stripe: card_declined\\n at x"}'
    failed = Answer(500, error, {"Upstash-Error-Step-Name": "charge"}, submitted[1])
    destination.answers(Answer(headers=SDK, hold=submitted[0]), failed)
    await workflow.trigger(Upstash_Retries="0")
    await destination.received(1)
    await workflow.step("wfr_1", 1, {"stepName": "reserve\x1b[31m"})
    submitted[0].set()
    submitted[1].set()
    await server.idle()


async def test_lines_of_attempts_name_the_steps(server: Server, workflow: Workflow, destination: Destination) -> None:
    watched = WatchedAttempts(server)
    await two_steps(server, workflow, destination)
    lines = watched.lines()
    reserved, charged = steps_of(lines)
    assert reserved == " (init → reserve�[31m)"
    assert charged.startswith(" (reserve�[31m → charge): Stripe: card_declined — ")
    assert lines[-3].endswith(": the run failed: charge failed after 1 attempt: Stripe: card_declined")


async def test_programs_get_the_steps_as_fields(server: Server, workflow: Workflow, destination: Destination) -> None:
    watched = WatchedAttempts(server, as_json=True)
    await two_steps(server, workflow, destination)
    attempts = [event for line in watched.lines() if (event := json.loads(line))["event"] == "attempt"]
    assert [(one["afterStep"], one["stepsRun"], one.get("failureReason")) for one in attempts] == [
        ("init", ["reserve\x1b[31m"], None),
        ("reserve\x1b[31m", ["charge"], "workflow-error"),
    ]


async def test_plain_messages_are_about_no_step(server: Server, client: Client, destination: Destination) -> None:
    watched = WatchedAttempts(server)
    await client.publish(destination.url)
    await server.idle()
    assert steps_of(watched.lines()) == [""]


async def test_an_event_that_reached_no_run_is_a_line(server: Server, client: Client, workflow: Workflow) -> None:
    watched = WatchedAttempts(server)
    await client.call("POST", "/v2/notify/payed")
    await workflow.trigger(Upstash_Delay="1h")
    await workflow.wait("wfr_1", 1, "paid")
    await client.call("POST", "/v2/notify/payed")
    await client.call("POST", "/v2/notify/paid")
    await server.idle()
    told = [line[line.index(" ") + 1 :] for line in watched.lines() if " EVENT " in line]
    text = "EVENT payed: it reached no run: none of defaultUser waits for it"
    assert told == [text, f"{text}; runs wait for paid"]


async def test_programs_get_an_event_that_reached_no_run_as_json(server: Server, client: Client) -> None:
    watched = WatchedAttempts(server, as_json=True)
    await client.call("POST", "/v2/notify/paid")
    [event] = map(json.loads, watched.lines())
    assert {name: event[name] for name in ("event", "user", "eventId", "awaited")} == {
        "event": "unheard",
        "user": "defaultUser",
        "eventId": "paid",
        "awaited": [],
    }


async def test_waits_and_events_that_came_before_them_are_lines(
    server: Server, client: Client, workflow: Workflow
) -> None:
    watched = Watched(server)
    await client.call("POST", "/v2/notify/paid")
    await workflow.trigger(Upstash_Delay="1h")
    await workflow.wait("wfr_1", 1, "paid", "90m", stepName="payment")
    began, unheard = (line.partition(f"{workflow.url}: ")[2] for line in watched.lines())
    assert began == "payment waits for event paid, 1 h 30 m at most"
    assert re.match(r"paid was sent \d+ ms before the wait and reached no run: send it again", unheard)
