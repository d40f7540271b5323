"""Webhooks of workflow runs, which need no token."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest
from yarl import URL

from qstash_dev.config import Config
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import serving
from tests.api.workflow import Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Destination
from tests.openapi.contract import check_answer

HOOK = "/v2/workflows/hooks/defaultUser/wfr_1/evt_1"


async def call(client: Client, method: str = "POST", path: str = HOOK, **options: Any) -> tuple[int, Any]:
    """Call a webhook as a stranger does, without a token."""
    url = URL(client.url + path, encoded=True)
    async with client.session.request(method, url, **options) as response:
        body = await response.read()
        payload = json.loads(body) if body else None
        if method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            check_answer(method, path, response.status, payload)
        return response.status, payload


def received(destination: Destination) -> Any:
    """The call that the last delivery hands over."""
    step = json.loads(base64.b64decode(destination.requests[-1].json[-1]["body"]))
    return json.loads(base64.b64decode(step["out"]))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND"])
async def test_any_method_wakes_a_run_that_waits(
    server: Server, client: Client, workflow: Workflow, destination: Destination, method: str
) -> None:
    await workflow.trigger()
    await workflow.wait("wfr_1", 1, "evt_1", stepType="WaitForWebhook")
    headers = {"X-Sent": "yes", "Content-Type": "text/plain"}
    status, payload = await call(client, method, f"{HOOK}?q=1&q=%20", data=b"\x00hi", headers=headers)
    await server.idle()
    assert status == 200
    if method != "HEAD":
        assert payload == {"workflowRunId": "wfr_1", "workflowCreatedAt": NOON_MS, "messageId": payload["messageId"]}
    found = received(destination)
    assert found["method"] == method
    assert found["header"]["X-Sent"] == ["yes"]
    assert "Host" not in found["header"]
    assert base64.b64decode(found["body"]) == b"\x00hi"
    # The SDK makes a URL of these three.
    assert f"{found['proto']}://{found['host']}{found['url']}" == f"{client.url}{HOOK}?q=1&q=%20"


async def test_a_call_without_a_body_has_none(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    await workflow.trigger()
    await workflow.wait("wfr_1", 1, "evt_1")
    await call(client, "GET")
    await server.idle()
    assert "body" not in received(destination)


async def test_calls_are_kept_and_handed_over_one_by_one(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    await workflow.trigger()
    for number in (1, 2):
        status, payload = await call(client, data=str(number))
        assert (status, payload) == (200, {"workflowRunId": "wfr_1", "workflowCreatedAt": NOON_MS})
    for number in (1, 2):
        await workflow.wait("wfr_1", number, "evt_1", stepType="WaitForWebhook")
        await server.idle()
        assert base64.b64decode(received(destination)["body"]) == str(number).encode()
    await workflow.wait("wfr_1", 3, "evt_1", stepType="WaitForWebhook")
    assert len(await client.get("/v2/waiters/evt_1")) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/workflows/hooks/defaultUser/wfr_x/evt_1", 404),
        ("/v2/workflows/hooks/testUser1/wfr_1/evt_1", 404),
        ("/v2/workflows/hooks/nobody/wfr_1/evt_1", 404),
        ("/v2/workflows/hooks/%00/%FF/evt_1", 404),
        ("/v2/workflows/hooks/defaultUser/wfr_1/a%20b", 400),
        ("/v2/workflows/hooks/defaultUser/wfr_1", 404),
        ("/v2/workflows/hooks/defaultUser/wfr_1/evt_1/more", 404),
    ],
)
async def test_a_stranger_makes_nothing(client: Client, workflow: Workflow, path: str, status: int) -> None:
    await workflow.trigger()
    found, payload = await call(client, path=path)
    assert (found, list(payload)) == (status, ["error"])
    assert len(await workflow.log()) == 1


async def test_a_run_that_is_over_takes_no_calls(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    await workflow.end("wfr_1")
    status, payload = await call(client)
    assert (status, payload["error"]) == (404, "no workflow run wfr_1 is waiting for calls of this webhook")


async def test_strangers_fill_no_memory(destination: Destination) -> None:
    async with serving(Config(port=0, shutdown_grace_s=0, max_pending_bytes=1_000_000)) as client:
        workflow = Workflow(client, destination.url)
        await workflow.trigger(Upstash_Delay="1h")
        statuses = [(await call(client, data=b"x" * 60_000))[0] for _ in range(20)]
        assert statuses[0] == 200
        assert statuses[-1] == 412
        assert await workflow.end("wfr_1", cancel="true") == (200, {"cancelled": 1})
        await workflow.trigger(Upstash_Delay="1h")
        assert (await call(client, data=b"x" * 60_000))[0] == 200


async def test_a_run_keeps_only_so_many_calls(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    statuses = {(await call(client, path=f"{HOOK}{number % 10}"))[0] for number in range(1_000)}
    status, payload = await call(client)
    assert (statuses, status) == ({200}, 412)
    assert payload["error"] == "quota maxStoredEvents exceeded, current limit: 1000"


async def test_a_call_over_the_limit_is_refused(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    assert (await call(client, data=BytesIO(b"x" * (10 * 1024 * 1024 + 1))))[0] == 413


async def test_a_web_page_of_somebody_else_cannot_call(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    assert (await call(client, headers={"Origin": "https://evil.example"}))[0] == 403


async def test_runs_of_each_user_have_webhooks_of_their_own(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    other = Workflow(Client(client.session, client.url, USERS[2].token), workflow.url)
    for one in (workflow, other):
        await one.trigger()
        await one.wait("wfr_1", 1, "evt_1")
    assert (await call(client, path="/v2/workflows/hooks/testUser2/wfr_1/evt_1"))[0] == 200
    assert len(await client.get("/v2/waiters/evt_1")) == 1
    assert await other.client.get("/v2/waiters/evt_1") == []
