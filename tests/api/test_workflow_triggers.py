"""Workflow runs that are started without an SDK."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import pytest

from qstash_dev.protocol.workflow import OLD_SDK
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import error
from tests.api.workflow import SDK, Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination


async def trigger(client: Client, url: str, body: bytes | str = b"payload", **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    status, payload = await client.call("POST", f"/v2/trigger/{url}", data=body, headers=named)
    assert status == 200, payload
    return dict(payload)


async def test_one_request_starts_a_run_in_one_delivery(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    answer = await trigger(client, workflow.url, b"\x00payload", Upstash_Forward_X_User="uv", Upstash_Label="l1,l2")
    await server.idle()
    id = answer["workflowRunId"]
    assert answer == {"workflowRunId": id, "workflowCreatedAt": NOON_MS}
    assert id.startswith("wfr_")
    [request] = destination.requests
    [entry] = request.json
    assert base64.b64decode(entry["body"]) == b"\x00payload"
    assert request.headers["Upstash-Workflow-Sdk-Version"] == "1"
    assert request.headers["X-User"] == "uv"
    assert request.headers["Upstash-Label"] == "l1,l2"
    assert "Upstash-Workflow-Unknown-Sdk" not in request.headers
    run = await workflow.run(id)
    assert (run["workflowUrl"], run["labels"], run["label"]) == (workflow.url, ["l1", "l2"], "l1")


@pytest.mark.parametrize(("given", "id"), [("wfr_mine", "wfr_mine"), ("mine", "wfr_mine")])
async def test_a_run_may_be_given_an_id(client: Client, workflow: Workflow, given: str, id: str) -> None:
    assert (await trigger(client, workflow.url, Upstash_Workflow_RunId=given))["workflowRunId"] == id
    again = await trigger(client, workflow.url, Upstash_Workflow_RunId=given)
    assert again == {"workflowRunId": id, "workflowCreatedAt": NOON_MS, "deduplicated": True}
    assert len(await workflow.log()) == 1


async def test_the_url_may_be_encoded_and_have_a_query(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    await trigger(client, quote(workflow.url + "?a=1", safe=""))
    await trigger(client, workflow.url + "?a=2&upstash-label=x")
    await server.idle()
    assert sorted(destination.paths()) == ["/workflow?a=1", "/workflow?a=2"]


@pytest.mark.parametrize("url", ["", "group", "ftp://example.com", "http://", "http://["])
async def test_only_a_url_can_be_triggered(client: Client, workflow: Workflow, url: str) -> None:
    assert (await error(client, "POST", f"/v2/trigger/{url}"))[0] == 400
    assert await workflow.log() == []


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Upstash-Retries", "many", 400),
        ("Upstash-Retries", "6", 412),
        ("Upstash-Delay", "soon", 400),
        ("Upstash-Flow-Control-Value", "x", 400),
        ("Upstash-Failure-Callback", "nowhere", 400),
        ("Upstash-Workflow-RunId", "x" * 2_000, 400),
    ],
)
async def test_a_wrong_header_starts_nothing(
    client: Client, workflow: Workflow, header: str, value: str, status: int
) -> None:
    assert (await error(client, "POST", f"/v2/trigger/{workflow.url}", headers={header: value}))[0] == status
    items = [{"destination": workflow.url}, {"destination": workflow.url, "headers": {header: value}}]
    found, text = await error(client, "POST", "/v2/batch/trigger", json=items)
    assert (found, text.startswith("item 1 of the batch") or status == 412 or "RunId" in text) == (status, True)
    assert await workflow.log() == []


async def test_a_run_may_start_later(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    await trigger(client, workflow.url, Upstash_Delay="1h")
    await server.idle()
    assert destination.requests == []
    await server.advance(3_600_000)
    assert len(destination.requests) == 1


@pytest.mark.parametrize(
    ("headers", "fault"),
    [({}, OLD_SDK), ({"Upstash-Workflow-Sdk-Version": "1"}, OLD_SDK), (SDK, None)],
)
async def test_the_endpoint_must_have_an_sdk_that_knows_of_this(
    server: Server,
    client: Client,
    workflow: Workflow,
    destination: Destination,
    headers: dict[str, str],
    fault: str | None,
) -> None:
    destination.answers(Answer(headers=headers), path="/workflow")
    id = (await trigger(client, workflow.url, Upstash_Failure_Callback=f"{destination.url}/failed"))["workflowRunId"]
    await server.idle()
    run = await workflow.run(id)
    assert run["workflowState"] == ("RUN_STARTED" if fault is None else "RUN_FAILED")
    if fault is not None:
        initial, following = run["steps"]
        assert (initial["type"], following["type"]) == ("sequential", "next")
        [step], [pending] = initial["steps"], following["steps"]
        assert step["messageId"] == pending["messageId"]
        assert [entry["error"] for entry in pending["errors"]] == [fault]
        assert destination.paths() == ["/workflow", "/failed"]


async def test_the_workflow_itself_is_told_of_a_failure_unless_somebody_else_is_named(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    destination.answers(Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"}), 200, path="/workflow")
    await trigger(client, workflow.url, Upstash_Forward_X_User="uv", Upstash_Retries="2", Upstash_Label="l")
    await server.idle()
    first, told = destination.requests
    assert told.target == "/workflow"
    assert "Upstash-Workflow-Sdk-Version" not in told.headers
    for name in ("Is-Failure", "Failure-Callback"):
        assert told.headers[f"Upstash-Workflow-{name}"] == "true"
    assert (told.headers["X-User"], told.headers["Upstash-Label"]) == ("uv", "l")
    report = told.json
    assert (report["status"], base64.b64decode(report["sourceBody"])) == (489, b"payload")
    assert report["workflowRunId"] == first.headers["Upstash-Workflow-Runid"]
    [failed] = (await client.get("/v2/workflows/dlq"))["messages"]
    assert failed["failureCallback"] == workflow.url


async def test_an_unknown_sdk_is_asked_to_start_the_run_itself(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    answer = await trigger(client, workflow.url, Upstash_Workflow_Unknown_Sdk="true", Upstash_Forward_X_User="uv")
    await server.idle()
    [hop] = destination.requests
    assert hop.headers["Upstash-Workflow-Unknown-Sdk"] == "true"
    assert "Upstash-Workflow-Sdk-Version" not in hop.headers
    headers = workflow.headers(answer["workflowRunId"], "true", upstash_workflow_trigger_by_sdk="true")
    receipt = await workflow.one(headers | {"Upstash-Forward-X-User": "again"}, "payload")
    await server.idle()
    assert "deduplicated" not in receipt
    assert receipt["workflowRunId"] == answer["workflowRunId"]
    init = destination.requests[1]
    assert "Upstash-Workflow-Unknown-Sdk" not in init.headers
    assert (init.headers["X-User"], len(init.json)) == ("again", 1)
    assert len((await workflow.run(answer["workflowRunId"]))["steps"]) == 1


async def test_many_runs_are_started_in_one_request(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    items = [
        {"destination": workflow.url, "headers": {"Upstash-Workflow-RunId": "wfr_1"}, "body": "one"},
        {"destination": f"{workflow.url}/child", "headers": None, "body": None},
        {"destination": workflow.url, "headers": {"Upstash-Workflow-RunId": ["wfr_1"]}},
    ]
    status, answers = await client.call("POST", "/v2/batch/trigger", json=items)
    await server.idle()
    assert status == 201
    assert [answer.get("deduplicated") for answer in answers] == [None, None, True]
    assert (answers[0]["workflowRunId"], answers[2]["workflowRunId"]) == ("wfr_1", "wfr_1")
    assert sorted(destination.paths()) == ["/workflow", "/workflow/child"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[1]",
        "[[]]",
        '[{"destination": 1}]',
        '[{"destination": "group"}]',
        "[{}]",
        '[{"destination": "http://127.0.0.1:1", "headers": []}]',
        '[{"destination": "http://127.0.0.1:1", "headers": {"X": 1}}]',
        '[{"destination": "http://127.0.0.1:1", "body": "\\ud800"}]',
        '[{"destination": "http://127.0.0.1:1"}, {}]',
        f"[{','.join(['{}'] * 10_001)}]",
    ],
)
async def test_a_wrong_batch_starts_nothing(client: Client, workflow: Workflow, body: str) -> None:
    assert (await error(client, "POST", "/v2/batch/trigger", data=body))[0] == 400
    assert await workflow.log() == []


async def test_an_empty_batch_starts_nothing(client: Client) -> None:
    assert await client.call("POST", "/v2/batch/trigger", json=[]) == (201, [])


async def test_a_read_only_token_starts_nothing(client: Client, workflow: Workflow) -> None:
    reader = Client(client.session, client.url, USERS[0].read_only_token)
    for path in (f"/v2/trigger/{workflow.url}", "/v2/batch/trigger", "/v2/notify/event"):
        assert (await error(reader, "POST", path, json=[]))[0] == 403
    assert (await reader.get("/v2/workflows/logs"))["runs"] == []
