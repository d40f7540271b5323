"""Workflow calls as hosted Workflow does them: what it refuses, accepts, or accepts with a warning."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qstash_dev.config import FREE, Config
from qstash_dev.server import Server
from tests.api.support import NOWHERE, serving, warnings
from tests.api.workflow import SDK, Workflow
from tests.conftest import Client
from tests.destination import Answer, Destination

DAY_S = 86_400


async def test_a_step_of_a_run_that_goes_on_is_refused_with_412(client: Client) -> None:
    workflow = Workflow(client, NOWHERE)
    await workflow.trigger(Upstash_Delay="1h")
    for more in ({"Upstash_Delay": "60"}, {"Upstash_Label": "a:b"}, {"Upstash_Deduplication_Id": "a:b"}):
        item = workflow.item(workflow.headers("wfr_1", **more), workflow.step_body(1))
        assert (await workflow.batch(item))[0] == 412


@pytest.mark.parametrize("id", ["a/b", "a?b", "a#b", "a b", "a\tb", "ü", "wfr_a/b", "x" * 1_001])
async def test_an_id_that_cannot_stand_in_a_url_is_no_run(client: Client, id: str) -> None:
    workflow = Workflow(client, NOWHERE)
    status, answer = await workflow.batch(workflow.item(workflow.headers(id, "true"), "{}"))
    assert (status, "Upstash-Workflow-RunId" in answer["error"]) == (400, True)
    assert (
        await client.call(
            "POST", "/v2/batch/trigger", json=[{"destination": NOWHERE, "headers": {"Upstash-Workflow-RunId": id}}]
        )
    )[0] == 400


@pytest.mark.parametrize("id", ["wfr_1", "wfr-a.b_c", "a:b@c,d;e=f", "!\"$%&'()*+-.<>[]^`{|}~", "x" * 1_000])
async def test_any_other_id_is_one(client: Client, id: str) -> None:
    workflow = Workflow(client, NOWHERE)
    assert (await workflow.trigger(id, Upstash_Delay="1h"))["workflowRunId"] == id


@pytest.mark.parametrize(
    ("lasts", "seconds", "noted"),
    [
        ("1w", 7 * DAY_S, True),
        ("1mo", 30 * DAY_S, True),
        ("1y", 365 * DAY_S, True),
        ("60", 60, True),
        ("1d10h", 34 * 3_600, False),
        ("365d", 365 * DAY_S, False),
    ],
)
async def test_a_wait_lasts_as_the_pages_about_workflows_write_it(
    client: Client, lasts: str, seconds: int, noted: bool
) -> None:
    workflow = Workflow(client, NOWHERE)
    await workflow.trigger(Upstash_Delay="1h")
    assert (await workflow.wait("wfr_1", 1, "event", lasts))[0] == 201
    [waiter] = await client.get("/v2/waiters/event")
    run = await workflow.run()
    assert waiter["deadline"] == run["workflowRunCreatedAt"] // 1_000 + seconds
    warnings = [note["text"] for note in run["notes"] if note["kind"] == "warning"]
    assert [f"'{lasts}'" in text or "unit" in text for text in warnings] == [True] * noted


async def test_a_step_sleeps_a_week_and_its_run_says_what_is_odd(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(200, b"{}", SDK))
    workflow = Workflow(client, destination.url)
    await workflow.trigger()
    await workflow.step("wfr_1", 1, {"stepType": "SleepFor", "sleepFor": "1w"}, Upstash_Delay="1w")
    await server.idle()
    await server.advance(7 * DAY_S * 1_000 - 1)
    assert len(destination.requests) == 1
    await server.advance(1)
    assert len(destination.requests) == 2
    assert [note["text"][:13] for note in (await workflow.run())["notes"]] == ["Upstash-Delay", "the endpoint "]
    assert warnings(server) == [[], ["long-unit"]]


@pytest.mark.parametrize(("quota", "lasts", "limit"), [(None, "400d", 365 * DAY_S), (FREE, "8d", 7 * DAY_S)])
async def test_a_wait_beyond_the_plan_is_refused_as_a_delay_is(quota: Any, lasts: str, limit: int) -> None:
    config = Config(port=0) if quota is None else Config(port=0, quota=quota)
    async with serving(config) as client:
        workflow = Workflow(client, NOWHERE)
        await workflow.trigger(Upstash_Delay="1h")
        refused = (412, {"error": f"quota maxDelay exceeded, current limit: {limit}"})
        assert await workflow.wait("wfr_1", 1, "event", lasts) == refused
        assert await client.get("/v2/waiters/event") == []
        sleep = workflow.item(workflow.headers("wfr_1", Upstash_Delay=lasts), workflow.step_body(1))
        assert await workflow.batch(sleep) == refused
        assert await client.call("POST", f"/v2/publish/{NOWHERE}", headers={"Upstash-Delay": lasts}) == refused
        assert (await workflow.wait("wfr_1", 1, "event", f"{limit}s"))[0] == 201


async def test_what_the_first_publish_hides_the_run_hides(
    server: Server, client: Client, destination: Destination
) -> None:
    """The SDK starts the run within the delivery of a plain publish, and forwards the headers that it got there."""
    destination.answers(Answer(200, b"{}", SDK))
    first = await client.publish(destination.url, b"secret", Upstash_Redact_Fields="body")
    await server.idle()
    workflow = Workflow(client, destination.url)
    await workflow.trigger(body="secret", Upstash_Forward_Upstash_Message_Id=first)
    await workflow.step("wfr_1", 1, {"out": '"secret"'}, Upstash_Redact_Fields="header[X-User]")
    await workflow.call("wfr_1", 2, f"{destination.url}/third", "secret")
    await server.idle()
    for path in ("workflows/logs", "workflows/events", "events", f"messages/{first}"):
        shown = json.dumps(await client.get(f"/v2/{path}"))
        assert "secret" not in shown
        assert "c2VjcmV0" not in shown


async def test_a_report_about_no_answer_has_the_status_minus_one(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(200, b"{}", SDK))
    headers = {
        "Upstash_Callback": f"{destination.url}/callback",
        "Upstash_Failure_Callback": f"{destination.url}/failed",
    }
    await client.publish(NOWHERE, Upstash_Retries="0", **headers)
    workflow = Workflow(client, destination.url)
    await workflow.trigger()
    await workflow.call("wfr_1", 1, NOWHERE)
    await server.idle()
    reports = [json.loads(request.body) for request in destination.requests]
    statuses = [report["status"] for report in reports if isinstance(report, dict)]
    assert statuses == [-1, -1, -1]
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert letter["responseStatus"] == 0


async def test_the_events_of_workflows_tell_of_runs_as_well(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(200, b"{}", SDK))
    workflow = Workflow(client, destination.url)
    parent = await workflow.trigger(Upstash_Label="mine")
    await server.idle()
    await workflow.invoke(parent, 1)
    await server.idle()
    await workflow.end("wfr_child", "done")
    await server.idle()
    await workflow.end("wfr_1", cancel="true")
    events = (await client.get("/v2/workflows/events?state=RUN_STARTED,RUN_SUCCESS,RUN_CANCELED"))["events"]
    assert [(event["state"], event["workflowRunId"]) for event in reversed(events)] == [
        ("RUN_STARTED", "wfr_1"),
        ("RUN_STARTED", "wfr_child"),
        ("RUN_SUCCESS", "wfr_child"),
        ("RUN_CANCELED", "wfr_1"),
    ]
    cancelled, success, invoked, started = events
    assert success["workflowRunResponse"] == "done"
    assert (invoked["invokerWorkflowRunId"], invoked["invokerWorkflowUrl"]) == ("wfr_1", destination.url)
    assert invoked["invokerWorkflowCreatedAt"] == parent["workflowCreatedAt"]
    assert started["labels"] == cancelled["labels"] == ["mine"]
    assert not {"messageId", "stepInfo"} & (started.keys() | cancelled.keys())
    everything = (await client.get("/v2/workflows/events"))["events"]
    assert [event for event in everything if event["state"].startswith("RUN_")] == events
    assert "RUN_" not in json.dumps(await client.get("/v2/events"))
    of_child = (await client.get("/v2/workflows/events?workflowRunId=wfr_child&state=RUN_SUCCESS"))["events"]
    assert of_child == [success]


async def test_the_failure_of_a_run_names_its_dead_letter(server: Server, client: Client) -> None:
    workflow = Workflow(client, NOWHERE)
    await workflow.trigger(Upstash_Retries="0")
    await server.idle()
    [failed] = (await client.get("/v2/workflows/events?state=RUN_FAILED"))["events"]
    [letter] = (await client.get("/v2/workflows/dlq"))["messages"]
    assert failed["dlqId"] == letter["dlqId"]
    _, resumed = await client.call("POST", f"/v2/workflows/dlq/resume/{letter['dlqId']}")
    [started] = (
        await client.get(f"/v2/workflows/events?workflowRunId={resumed['workflowRunId']}&state=RUN_STARTED")
    )["events"]
    assert started["workflowCreatedAt"] == resumed["workflowCreatedAt"]
