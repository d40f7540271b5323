"""Steps that the API refuses: their run says that the server did, and why, whoever's token the application has."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.workflow import NON_RETRYABLE, SDK, Workflow
from tests.conftest import Client
from tests.destination import Answer, Destination

HOSTED = "eyJVc2VySUQiOiIzZjljIiwiUGFzc3dvcmQiOiJ4In0="


class Endpoint:
    """The endpoint of a workflow whose SDK submits one step, and answers as the SDK does after a refusal."""

    def __init__(
        self, server: Server, workflow: Workflow, destination: Destination, token: str = USERS[0].token
    ) -> None:
        self.server = server
        self.workflow = workflow
        self.destination = destination
        self.client = Client(workflow.client.session, workflow.client.url, token)

    async def delivers(self, method: str, path: str, **call: Any) -> dict[str, Any]:
        """Deliver a run whose step makes this call; the run as the log shows it then."""
        refused = asyncio.Event()
        answer = Answer(headers=SDK, hold=refused)
        self.destination.answers(answer, path="/workflow")
        await self.workflow.trigger(Upstash_Retries="0")
        await self.destination.received(1)
        status, payload = await self.client.call(method, path, **call)
        if status != 400:
            answer.status, answer.headers = (489, NON_RETRYABLE) if status == 412 else (500, SDK)
            error = {"error": "WorkflowNonRetryableError", "message": json.dumps(payload), "stack": "at x"}
            answer.body = json.dumps(error).encode()
        refused.set()
        await self.server.idle()
        return await self.workflow.run()


def first(run: dict[str, Any]) -> tuple[str, str, str]:
    note = run["notes"][0]
    return run["workflowState"], note["kind"], note["text"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"headers": {"Upstash-Delay": "400d"}}, "412 quota maxDelay exceeded, current limit: 31536000"),
        ({"headers": {"Upstash-Delay": "soon"}}, "412 item 0 of the batch: invalid Upstash-Delay"),
        ({"body": "{"}, "412 invalid workflow step: a step is a JSON object"),
        ({"destination": "nowhere:1"}, "412 item 0 of the batch: invalid destination url"),
    ],
)
async def test_a_refused_item_of_a_batch_is_the_doing_of_the_server(
    server: Server, workflow: Workflow, destination: Destination, change: dict[str, Any], text: str
) -> None:
    item = workflow.item(workflow.headers("wfr_1"), workflow.step_body(1)) | change
    item["headers"] = workflow.headers("wfr_1") | change.get("headers", {})
    run = await Endpoint(server, workflow, destination).delivers("POST", "/v2/batch", json=[item])
    state, kind, told = first(run)
    assert (state, kind) == ("RUN_FAILED", "failed")
    assert f"the step was refused by this server: {text}" in told
    # The log of the run itself stays as that of hosted Upstash Workflow.
    assert run["steps"][-1]["steps"][0]["errors"][0]["error"] == "489"


async def test_a_refused_wait_is_the_doing_of_the_server(
    server: Server, workflow: Workflow, destination: Destination, client: Client
) -> None:
    call = {"json": workflow.wait_body(1, "400d"), "headers": workflow.headers("wfr_1")}
    run = await Endpoint(server, workflow, destination).delivers("POST", "/v2/wait/paid", **call)
    assert "refused by this server: 412 quota maxDelay" in first(run)[2]
    detail = await client.get("/_dev/runs/wfr_1")
    [attempt] = detail["run"]["steps"][-1]["steps"][0]["attempts"]
    assert attempt["failureReason"] == "step-refused"
    assert "the app only passes on" in attempt["hint"]
    assert (await client.get("/_dev/runs"))["runs"][0]["failureReason"] == "step-refused"


@pytest.mark.parametrize("path", ["/v2/batch", "/v2/publish/"])
async def test_the_token_of_another_user_is_named_and_nothing_else_of_the_user(
    server: Server, workflow: Workflow, destination: Destination, path: str
) -> None:
    headers, body = workflow.headers("wfr_1"), workflow.step_body(1)
    call: dict[str, Any] = {"json": [workflow.item(headers, body)]}
    if path != "/v2/batch":
        path, call = path + workflow.url, {"data": body, "headers": headers}
    run = await Endpoint(server, workflow, destination, USERS[1].token).delivers("POST", path, **call)
    assert first(run) == (
        "RUN_STARTED",
        "step-refused",
        "the run does not go on: the step was refused by this server (400): the app's QSTASH_TOKEN is that of "
        "testUser1; the run belongs to defaultUser (set QSTASH_TOKEN to that of defaultUser where the app runs)",
    )


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("nonsense", "belongs to no user of this server"),
        (HOSTED, "is one of hosted QStash"),
        (USERS[2].read_only_token, "testUser2"),
    ],
)
async def test_a_token_that_cannot_submit_is_the_cause(
    server: Server, workflow: Workflow, destination: Destination, token: str, told: str
) -> None:
    item = workflow.item(workflow.headers("wfr_1"), workflow.step_body(1))
    run = await Endpoint(server, workflow, destination, token).delivers("POST", "/v2/batch", json=[item])
    state, kind, text = first(run)
    assert (state, kind) == ("RUN_FAILED", "failed")
    assert f"the app's QSTASH_TOKEN {told}" in text or f"the app's QSTASH_TOKEN is that of {told}" in text
    assert "the run belongs to defaultUser" in text
    assert token not in json.dumps(run)


async def test_a_run_that_goes_on_after_all_has_no_note(
    server: Server, workflow: Workflow, destination: Destination
) -> None:
    submitted = asyncio.Event()
    destination.answers(Answer(headers=SDK, hold=submitted), path="/workflow")
    await workflow.trigger()
    await destination.received(1)
    assert (await workflow.batch(workflow.item(workflow.headers("wfr_1"), "{")))[0] == 412
    await workflow.step("wfr_1", 1, {"sleepFor": 60}, Upstash_Delay="60s")
    submitted.set()
    await server.idle()
    run = await workflow.run()
    assert (run["workflowState"], run.get("notes")) == ("RUN_STARTED", None)
