"""Runs that invoke other runs, over HTTP."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import error
from tests.api.workflow import Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination


def out_of(destination: Destination) -> Any:
    """What the last step of the last delivery came to."""
    return json.loads(json.loads(base64.b64decode(destination.requests[-1].json[-1]["body"]))["out"])


async def test_a_child_is_invoked_and_returns(server: Server, workflow: Workflow, destination: Destination) -> None:
    parent = await workflow.trigger()
    await server.idle()
    status, receipt = await workflow.invoke(parent, 1, Upstash_Forward_X_Child="hdr")
    await server.idle()
    assert (status, receipt["workflowRunId"], receipt["workflowCreatedAt"]) == (201, "wfr_child", NOON_MS)
    child = destination.requests[-1]
    assert (child.target, child.headers["X-Child"]) == ("/workflow/child", "hdr")
    assert base64.b64decode(child.json[0]["body"]) == b'{"in":1}'
    await workflow.end("wfr_child", '{"r":1}')
    await server.idle()
    back = destination.requests[-1]
    assert (back.target, back.headers["Upstash-Workflow-Runid"], back.headers["X-User"]) == (
        "/workflow",
        "wfr_1",
        "uv",
    )
    assert out_of(destination) == {"body": '{"r":1}', "isCanceled": False, "isFailed": False}
    assert len(destination.requests) == 3


@pytest.mark.parametrize("how", ["failed", "cancelled"])
async def test_a_child_that_does_not_return_tells_the_parent(
    server: Server, workflow: Workflow, destination: Destination, how: str
) -> None:
    parent = await workflow.trigger()
    if how == "failed":
        destination.answers(
            Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"}), path="/workflow/child"
        )
    await workflow.invoke(parent, 1)
    await server.idle()
    if how == "cancelled":
        await workflow.end("wfr_child", cancel="true")
        await server.idle()
    assert out_of(destination) == {"isCanceled": how == "cancelled", "isFailed": how == "failed"}
    assert (await workflow.run())["workflowState"] == "RUN_STARTED"


async def test_both_logs_tell_of_each_other(server: Server, workflow: Workflow) -> None:
    parent = await workflow.trigger()
    await workflow.invoke(parent, 1, Upstash_Forward_X_Child="hdr")
    await server.idle()
    child = await workflow.run("wfr_child")
    assert child["invoker"] == {
        "workflowRunId": "wfr_1",
        "workflowUrl": workflow.url,
        "workflowRunCreatedAt": NOON_MS,
    }
    step = (await workflow.run())["steps"][1]["steps"][0]
    assert (step["stepName"], step["stepType"], step["state"], "out" in step) == (
        "invoke-1",
        "Invoke",
        "STEP_PROGRESS",
        False,
    )
    assert step["invokedWorkflowRunId"] == "wfr_child"
    assert step["invokedWorkflowRunBody"] == '{"in":1}'
    assert step["invokedWorkflowRunHeaders"] == {"X-Child": ["hdr"]}
    await workflow.end("wfr_child", '{"r":1}')
    await server.idle()
    step = (await workflow.run())["steps"][1]["steps"][0]
    assert (step["state"], json.loads(step["out"])["body"]) == ("STEP_SUCCESS", '{"r":1}')
    assert step["invokedWorkflowCreatedAt"] == NOON_MS


async def test_a_child_that_ends_after_its_parent_shows_there_as_done(server: Server, workflow: Workflow) -> None:
    parent = await workflow.trigger()
    await workflow.invoke(parent, 1)
    await workflow.end("wfr_1", cancel="true")
    await workflow.end("wfr_child")
    await server.idle()
    run = await workflow.run()
    assert run["steps"][1]["steps"][0]["state"] == "STEP_SUCCESS"
    assert "wfr_child ended as RUN_SUCCESS after this one was over" in run["notes"][-1]["text"]


async def test_an_invoke_that_comes_twice_starts_one_child(workflow: Workflow) -> None:
    parent = await workflow.trigger()
    _, first = await workflow.invoke(parent, 1, "wfr_child")
    status, again = await workflow.invoke(parent, 1, "wfr_other")
    assert (status, again["deduplicated"], again["workflowRunId"]) == (202, True, "wfr_child")
    assert again["messageId"] == first["messageId"]
    assert len(await workflow.log()) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Upstash_Retries": "many"},
        {"Upstash_Workflow_RunId": ""},
        {"Upstash_Workflow_Url": "nowhere"},
        {"Upstash_Forward_Upstash_Workflow_Invoke_Count": "101"},
    ],
)
async def test_a_wrong_invoke_of_a_run_that_goes_on_is_never_400(workflow: Workflow, headers: dict[str, str]) -> None:
    parent = await workflow.trigger()
    status, payload = await workflow.invoke(parent, 1, **headers)
    assert status == 412, payload
    assert len(await workflow.log()) == 1


@pytest.mark.parametrize("target", ["ftp://example.com", "group", ""])
async def test_a_child_at_no_url_is_never_400(client: Client, workflow: Workflow, target: str) -> None:
    parent = await workflow.trigger()
    headers = workflow.headers("wfr_child", "true", Upstash_Workflow_Invoke="true")
    data = workflow.invoke_body(parent, 1)
    status, _ = await error(client, "POST", f"/v2/publish/{target}", data=data, headers=headers)
    assert status in (404, 412)


async def test_a_parent_that_is_over_invokes_nobody(workflow: Workflow) -> None:
    parent = await workflow.trigger()
    await workflow.end("wfr_1")
    status, payload = await workflow.invoke(parent, 1)
    assert (status, "can not append" in payload["error"]) == (400, True)
    assert len(await workflow.log()) == 1


async def test_an_sdk_before_1_0_does_not_name_the_instance(server: Server, workflow: Workflow) -> None:
    parent = await workflow.trigger()
    headers = workflow.headers("wfr_child", "true", Upstash_Workflow_Invoke="true")
    await workflow.one(headers, workflow.invoke_body(parent, 1, workflowRunCreatedAt=None), f"{workflow.url}/child")
    assert (await workflow.run("wfr_child"))["invoker"]["workflowRunCreatedAt"] == NOON_MS
