"""The log of workflow runs: the runs and events that a query selects, and pages."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import error
from tests.api.workflow import Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

FIRST, SECOND = NOON_MS, NOON_MS + 1_000


@pytest.fixture
async def filled(server: Server, workflow: Workflow, destination: Destination) -> Workflow:
    """Four runs, a second apart: one ended, one used its id again, one failed, one cancelled."""
    await workflow.trigger("wfr_a", Upstash_Label="red,blue")
    await server.idle()
    await workflow.end("wfr_a")
    await server.advance(1_000)
    flow_control = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "parallelism=9"}
    await workflow.trigger("wfr_a", Upstash_Label="green", **flow_control)
    await workflow.step("wfr_a", 1, None, Upstash_Delay="1h")
    await server.advance(1_000)
    destination.answers(Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"}), path="/workflow/child")
    await Workflow(workflow.client, f"{workflow.url}/child").trigger("wfr_b")
    await server.advance(1_000)
    await workflow.trigger("wfr_c")
    await server.idle()
    await workflow.end("wfr_c", cancel="true")
    return workflow


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["c", "b", "a2", "a1"]),
        ("workflowRunId=wfr_a", ["a2", "a1"]),
        (f"workflowRunId=wfr_a&workflowCreatedAt={FIRST}", ["a1"]),
        ("workflowRunId=wfr_x", []),
        (f"workflowRuns=wfr_a@{SECOND},wfr_b@{NOON_MS},wfr_c", ["c", "a2"]),
        (f"workflowRuns=wfr_a@{FIRST}&label=green&state=RUN_FAILED", ["a1"]),
        ("workflowUrl={url}", ["c", "a2", "a1"]),
        ("workflowUrl={url}/child&workflowUrl=https://x.example", ["b"]),
        ("workflowUrl={url}/c", []),
        ("label=red", ["a1"]),
        ("label=green,blue", ["a2", "a1"]),
        ("flowControlKey=key", ["a2"]),
        ("callerIp=127.0.0.1", ["c", "b", "a2", "a1"]),
        ("callerIp=10.1.1.1", []),
        ("state=RUN_SUCCESS", ["a1"]),
        ("state=RUN_FAILED,RUN_CANCELED", ["c", "b"]),
        ("state=run_started", ["a2"]),
        ("state=STEP_FAILED", ["b"]),
        ("state=STEP_PROGRESS", ["a2"]),
        ("state=STEP_SUCCESS", ["c", "b", "a2", "a1"]),
        ("state=STEP_RETRY", []),
        (f"fromDate={SECOND}", ["c", "b", "a2"]),
        (f"toDate={SECOND}", ["a2", "a1"]),
        (f"fromDate={SECOND}&toDate={SECOND}", ["a2"]),
        ("path=/workflow/child", ["b"]),
        ("host=127.0.0.1", ["c", "b", "a2", "a1"]),
        ("host=elsewhere.example", []),
        ("unknown=1", ["c", "b", "a2", "a1"]),
        ("label=red&state=RUN_FAILED", []),
    ],
)
async def test_filters_of_runs(filled: Workflow, query: str, shown: list[str]) -> None:
    found = await filled.log(query.format(url=filled.url))
    names = {("wfr_a", FIRST): "a1", ("wfr_a", SECOND): "a2"}
    keys = [(run["workflowRunId"], run["workflowRunCreatedAt"]) for run in found]
    assert [names.get(key, key[0][-1]) for key in keys] == shown


async def test_a_run_is_found_by_any_of_its_messages(filled: Workflow) -> None:
    runs = await filled.log()
    for run in runs:
        for group in run["steps"]:
            for step in group["steps"]:
                [found] = await filled.log(f"messageId={step['messageId']}")
                assert found["workflowRunCreatedAt"] == run["workflowRunCreatedAt"]


@pytest.mark.parametrize(
    "query", ["state=STARTED", "count=0", "count=x", "cursor=x", "fromDate=now", "toDate=-1", "trimBody=all"]
)
@pytest.mark.parametrize("path", ["logs", "events", "events?groupBy=workflowRunId"])
async def test_a_wrong_value_is_refused(client: Client, path: str, query: str) -> None:
    name = query.partition("=")[0]
    status, text = await error(client, "GET", f"/v2/workflows/{path}{'&' if '?' in path else '?'}{query}")
    assert (status, name in text) == (400, True)


async def test_the_grouped_events_are_the_log_of_runs(client: Client, filled: Workflow) -> None:
    grouped = await client.get("/v2/workflows/events?groupBy=workflowRunId&label=green")
    assert grouped == await client.get("/v2/workflows/logs?label=green")
    assert len(grouped["runs"]) == 1


async def pages(client: Client, path: str, field: str, count: int) -> list[list[Any]]:
    """Every page of so many entries."""
    found, cursor = [], ""
    while True:
        payload = await client.get(f"{path}count={count}{cursor}")
        found.append(payload[field])
        if "cursor" not in payload:
            return found
        cursor = f"&cursor={payload['cursor']}"


async def test_runs_come_in_pages_of_ten_at_most(client: Client, workflow: Workflow) -> None:
    for number in range(23):
        await workflow.trigger(f"wfr_{number}", Upstash_Label="odd" if number % 2 else "even")
    found = await pages(client, "/v2/workflows/logs?", "runs", 100)
    assert [len(page) for page in found] == [10, 10, 3]
    assert [run["workflowRunId"] for page in found for run in page] == [
        f"wfr_{number}" for number in range(22, -1, -1)
    ]
    odd = await pages(client, "/v2/workflows/logs?label=odd&", "runs", 4)
    assert [len(page) for page in odd] == [4, 4, 3]
    assert [len(page) for page in await pages(client, "/v2/workflows/logs?label=none&", "runs", 4)] == [0]


async def test_pages_do_not_shift_when_new_runs_begin(client: Client, workflow: Workflow) -> None:
    for number in range(4):
        await workflow.trigger(f"wfr_{number}")
    first = await client.get("/v2/workflows/logs?count=2")
    await workflow.trigger("wfr_new")
    second = await client.get(f"/v2/workflows/logs?count=2&cursor={first['cursor']}")
    assert [run["workflowRunId"] for run in second["runs"]] == ["wfr_1", "wfr_0"]
    assert "cursor" not in second


@pytest.mark.parametrize(("size", "shown"), [("100", '{"name":"bob"}'), ("5", '{"nam'), ("0", ""), ("-1", None)])
async def test_bodies_are_cut_to_size(client: Client, workflow: Workflow, size: str, shown: str | None) -> None:
    await workflow.trigger()
    await workflow.end("wfr_1", "result")
    [run] = await workflow.log(f"trimBody={size}")
    assert run["steps"][0]["steps"][0].get("out") == shown
    assert run.get("workflowRunResponse") == (None if shown is None else "result"[: int(size)])


async def test_single_events_tell_what_happened_to_messages_of_runs(client: Client, filled: Workflow) -> None:
    await client.publish("http://127.0.0.1:1", Upstash_Delay="1h")
    events = (await client.get("/v2/workflows/events"))["events"]
    assert {event["workflowRunId"] for event in events} == {"wfr_a", "wfr_b", "wfr_c"}
    [failed] = [event for event in events if event["state"] == "STEP_FAILED"]
    assert failed["workflowUrl"] == f"{filled.url}/child"
    assert failed["stepInfo"] == {"stepName": "init", "stepType": ""}
    errors = [event for event in events if "error" in event]
    assert [(event["responseStatus"], event["error"]) for event in errors] == [(489, "489")]
    [asleep] = [event for event in events if event.get("nextDeliveryTime", 0) > NOON_MS + 3_600_000]
    assert (asleep["workflowRunId"], asleep["stepInfo"]["stepName"]) == ("wfr_a", "step-1")


async def test_single_events_are_filtered_and_paged(client: Client, filled: Workflow) -> None:
    everything = (await client.get("/v2/workflows/events"))["events"]
    found = await pages(client, "/v2/workflows/events?", "events", 3)
    assert [event for page in found for event in page] == everything
    assert max(map(len, found)) == 3
    failed = (await client.get("/v2/workflows/events?state=STEP_FAILED,STEP_RETRY"))["events"]
    assert [event["workflowRunId"] for event in failed] == ["wfr_b"]
    green = (await client.get("/v2/workflows/events?label=green"))["events"]
    assert {event["labels"][0] for event in green} == {"green"}


async def test_headers_that_a_run_hides_are_hidden_in_its_events(client: Client, workflow: Workflow) -> None:
    await workflow.trigger(Upstash_Redact_Fields="header[X-User]")
    events = (await client.get("/v2/workflows/events"))["events"]
    assert events
    assert all(event["headers"]["X-User"][0].startswith("REDACTED:") for event in events)


async def test_runs_of_another_user_are_not_shown(client: Client, filled: Workflow) -> None:
    other = Client(client.session, client.url, USERS[1].token)
    assert await other.get("/v2/workflows/logs") == {"runs": []}
    assert await other.get("/v2/workflows/events") == {"events": []}
