"""Workflow runs: reading their steps, finishing them, cancelling one or many."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import error, exchange, request
from tests.api.workflow import Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

RUNS = "/v2/workflows/runs"


async def going_on(workflow: Workflow) -> list[str]:
    """The ids of the runs that go on, oldest first."""
    return [run["workflowRunId"] for run in await workflow.log("state=RUN_STARTED")][::-1]


async def three(server: Server, workflow: Workflow) -> None:
    """Three runs that differ in what filters ask for, an hour apart."""
    await workflow.trigger("wfr_a", Upstash_Label="red,blue")
    await server.advance(3_600_000)
    more = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "parallelism=9"}
    await workflow.trigger("wfr_b", **more, Upstash_Label="green")
    await server.advance(3_600_000)
    other = Workflow(workflow.client, workflow.url + "/child")
    await other.trigger("wfr_c")
    await server.idle()


async def test_the_raw_steps_of_a_run_that_goes_on(client: Client, workflow: Workflow) -> None:
    receipts = [await workflow.trigger(body="payload"), await workflow.step("wfr_1", 1)]
    raw = await client.get(f"{RUNS}/wfr_1")
    assert [step["messageId"] for step in raw] == [receipt["messageId"] for receipt in receipts]
    assert [step["callType"] for step in raw] == ["step", "step"]
    assert base64.b64decode(raw[0]["body"]) == b"payload"
    assert base64.b64decode(raw[1]["body"]) == workflow.step_body(1).encode()


@pytest.mark.parametrize("cancel", ["true", "false"])
async def test_an_ended_run_has_no_raw_steps(client: Client, workflow: Workflow, cancel: str) -> None:
    await workflow.trigger()
    await workflow.end("wfr_1", cancel=cancel)
    assert await error(client, "GET", f"{RUNS}/wfr_1") == (404, "workflow run wfr_1 not found")


async def test_an_unknown_run_has_none_either(client: Client) -> None:
    assert (await error(client, "GET", f"{RUNS}/wfr_x"))[0] == 404


async def test_raw_steps_may_be_asked_for_by_instance(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    headers = {"Upstash-Workflow-CreatedAt": str(NOON_MS)}
    assert len(await client.get(f"{RUNS}/wfr_1", headers=headers)) == 1
    headers["Upstash-Workflow-CreatedAt"] = str(NOON_MS + 1)
    assert (await error(client, "GET", f"{RUNS}/wfr_1", headers=headers))[0] == 404


@pytest.mark.parametrize(
    ("sent", "shown"),
    [('{"r":1}', '{"r":1}'), ("", None), ('"größe"', '"größe"'), (b"\xff", "\ufffd"), ("x" * 100_000, "x" * 100_000)],
)
async def test_a_run_is_finished_with_its_result(workflow: Workflow, sent: Any, shown: str | None) -> None:
    await workflow.trigger()
    assert await workflow.end("wfr_1", sent) == (200, {})
    run = await workflow.run()
    assert (run["workflowState"], run.get("workflowRunResponse")) == ("RUN_SUCCESS", shown)
    assert run["workflowRunCompletedAt"] == NOON_MS


async def test_finishing_is_always_accepted(workflow: Workflow) -> None:
    """The SDK does not expect anything else within the last delivery."""
    await workflow.trigger()
    for id in ("wfr_1", "wfr_1", "wfr_unknown"):
        assert await workflow.end(id, '"first"') == (200, {})
    assert await workflow.end("wfr_1", '"second"') == (200, {})
    assert (await workflow.run())["workflowRunResponse"] == '"first"'


async def test_a_result_over_the_limit_is_refused_and_ends_nothing(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    sent = request(f"{RUNS}/wfr_1?cancel=false", "DELETE", "Content-Length: 20000000")
    assert (await exchange(int(client.url.rpartition(":")[2]), sent)).status == 413
    assert await going_on(workflow) == ["wfr_1"]


@pytest.mark.parametrize("query", ["", "?cancel=true", "?cancel=anything"])
async def test_a_run_is_cancelled_once(client: Client, workflow: Workflow, query: str) -> None:
    await workflow.trigger()
    assert await client.call("DELETE", f"{RUNS}/wfr_1{query}") == (200, {"cancelled": 1})
    assert (await workflow.run())["workflowState"] == "RUN_CANCELED"
    assert await error(client, "DELETE", f"{RUNS}/wfr_1{query}") == (404, "workflow run wfr_1 not found")
    assert (await error(client, "DELETE", f"{RUNS}/wfr_unknown{query}"))[0] == 404


async def test_an_ending_for_another_instance_has_no_effect(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    headers = {"Upstash-Workflow-CreatedAt": str(NOON_MS - 5)}
    assert await client.call("DELETE", f"{RUNS}/wfr_1?cancel=false", headers=headers) == (200, {})
    assert (await error(client, "DELETE", f"{RUNS}/wfr_1", headers=headers))[0] == 404
    assert await going_on(workflow) == ["wfr_1"]


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("", []),
        ("count=100", []),
        ("workflowRunIds=wfr_a", ["wfr_b", "wfr_c"]),
        ("workflowRunIds=wfr_a&workflowRunIds=wfr_c&workflowRunIds=wfr_a", ["wfr_b"]),
        ("workflowRunIds=wfr_a,wfr_c,wfr_unknown&label=green", ["wfr_b"]),
        ("workflowRunIds=", ["wfr_a", "wfr_b", "wfr_c"]),
        ("workflowUrl={url}", []),
        ("workflowUrl={url}&workflowUrlExactMatch=true", ["wfr_c"]),
        ("workflowUrl={url}/ch", ["wfr_a", "wfr_b"]),
        ("workflowUrl=https://elsewhere.example", ["wfr_a", "wfr_b", "wfr_c"]),
        ("label=blue", ["wfr_b", "wfr_c"]),
        ("label=green,red", ["wfr_c"]),
        ("label=gre", ["wfr_a", "wfr_b", "wfr_c"]),
        ("flowControlKey=key", ["wfr_a", "wfr_c"]),
        ("callerIp=127.0.0.1", []),
        ("callerIp=10.0.0.1", ["wfr_a", "wfr_b", "wfr_c"]),
        ("path=/workflow/child", ["wfr_a", "wfr_b"]),
        ("host=127.0.0.1", []),
        (f"fromDate={NOON_MS + 3_600_000}", ["wfr_a"]),
        (f"toDate={NOON_MS + 3_600_000}", ["wfr_c"]),
        (f"fromDate={NOON_MS + 1}&toDate={NOON_MS + 3_600_000}", ["wfr_a", "wfr_c"]),
        ("label=green&flowControlKey=other", ["wfr_a", "wfr_b", "wfr_c"]),
        ("count=1", ["wfr_a", "wfr_b"]),
    ],
)
async def test_many_runs_are_cancelled_by_ids_or_filters(
    server: Server, client: Client, workflow: Workflow, query: str, left: list[str]
) -> None:
    await three(server, workflow)
    path = f"{RUNS}?{query.format(url=workflow.url)}"
    assert await client.call("DELETE", path) == (200, {"cancelled": 3 - len(left)})
    assert await going_on(workflow) == left
    again = 1 if query == "count=1" else 0
    assert await client.call("DELETE", path) == (200, {"cancelled": again})


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({}, []),
        ({"workflowRunIds": ["wfr_a", "wfr_x"]}, ["wfr_b", "wfr_c"]),
        ({"workflowRunIds": []}, ["wfr_a", "wfr_b", "wfr_c"]),
        ({"workflowRunIds": "wfr_a"}, ["wfr_b", "wfr_c"]),
        ({"workflowUrl": "{url}"}, []),
        ({"workflowUrl": "{url}/child"}, ["wfr_a", "wfr_b"]),
        ({"label": ["blue", "green"]}, ["wfr_c"]),
        ({"count": 2}, ["wfr_a"]),
        ({"fromDate": NOON_MS + 1}, ["wfr_a"]),
    ],
)
async def test_older_sdks_send_the_same_as_json(
    server: Server, client: Client, workflow: Workflow, body: dict[str, Any], left: list[str]
) -> None:
    await three(server, workflow)
    text = json.dumps(body).replace("{url}", workflow.url)
    assert await client.call("DELETE", RUNS, data=text) == (200, {"cancelled": 3 - len(left)})
    assert await going_on(workflow) == left


@pytest.mark.parametrize("query", ["runIds=wfr_a", "count=0", "count=x", "fromDate=now", "workflowUrlStartingWith=x"])
async def test_a_wrong_filter_cancels_nothing(server: Server, client: Client, workflow: Workflow, query: str) -> None:
    await three(server, workflow)
    assert (await error(client, "DELETE", f"{RUNS}?{query}"))[0] == 400
    assert len(await going_on(workflow)) == 3


@pytest.mark.parametrize(
    "body",
    [
        "7",
        '"all"',
        "{",
        json.dumps({"label": ["a"] * 1_001}),
        '{"ids": ["wfr_a"]}',
        '{"workflowRunIds": {"a": 1}}',
        '{"count": true}',
        '{"label": [1.5]}',
    ],
)
async def test_a_wrong_body_cancels_nothing(server: Server, client: Client, workflow: Workflow, body: str) -> None:
    await three(server, workflow)
    assert (await error(client, "DELETE", RUNS, data=body))[0] == 400
    assert len(await going_on(workflow)) == 3


async def test_many_ids_in_a_body_are_no_filter(server: Server, client: Client, workflow: Workflow) -> None:
    await three(server, workflow)
    ids = [f"wfr_{number}" for number in range(2_000)]
    answer = await client.call("DELETE", RUNS, data=json.dumps({"workflowRunIds": [*ids, "wfr_a"]}))
    assert answer == (200, {"cancelled": 1})


async def test_nothing_of_cancelled_runs_is_delivered(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    await workflow.trigger()
    await workflow.step("wfr_1", 1, None, Upstash_Delay="1h")
    await workflow.wait("wfr_1", 2, "event", "2h")
    await server.idle()
    await client.call("DELETE", RUNS)
    await server.advance(10 * 3_600_000)
    assert len(destination.requests) == 1
    assert await client.get("/v2/waiters/event") == []
