"""Events that runs wait for, and calls that notify them."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import error
from tests.api.workflow import Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

NOON_S = NOON_MS // 1_000


def last_step(destination: Destination) -> Any:
    """The last step of the last delivery."""
    return json.loads(base64.b64decode(destination.requests[-1].json[-1]["body"]))


async def test_a_run_waits_and_is_notified(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    receipt = await workflow.trigger()
    await server.idle()
    assert await workflow.wait("wfr_1", 1, "event") == (201, {})
    status, answered = await client.call("POST", "/v2/notify/event", data='{"n":"ü"}'.encode())
    await server.idle()
    [one] = answered
    assert status == 201
    assert (one["workflowRunId"], one["workflowCreatedAt"], one["error"]) == ("wfr_1", NOON_MS, "")
    assert one["waiter"]["url"] == workflow.url
    assert one["messageId"] == destination.requests[-1].headers["Upstash-Message-Id"] != receipt["messageId"]
    step = last_step(destination)
    assert (step["waitEventId"], step["timeout"], step["waitTimeout"]) == ("event", "20s", False)
    assert base64.b64decode(step["out"]) == '{"n":"ü"}'.encode()
    assert len(destination.requests) == 2


async def test_a_wait_times_out(server: Server, workflow: Workflow, destination: Destination) -> None:
    await workflow.trigger()
    await workflow.wait("wfr_1", 1, "event", "1d")
    await server.advance(86_400_000 - 1)
    assert len(destination.requests) == 1
    await server.advance(1)
    step = last_step(destination)
    assert (step["waitTimeout"], "out" in step) == (True, False)


async def test_who_waits_is_listed_without_secrets(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    await workflow.trigger("wfr_2")
    await workflow.wait("wfr_1", 1, "event")
    await workflow.wait("wfr_2", 1, "event", "1h")
    waiters = await client.get("/v2/waiters/event")
    assert [waiter["deadline"] for waiter in waiters] == [NOON_S + 20, NOON_S + 3_600]
    for waiter in waiters:
        assert (waiter["url"], waiter["timeoutUrl"]) == (workflow.url, workflow.url)
        assert client.token not in json.dumps(waiter)
        names = {name.lower() for name in waiter["headers"]}
        assert "upstash-workflow-runid" in names
        assert not names & {"authorization", "host", "connection", "content-length"}
    assert await client.get("/v2/waiters/other") == []


async def test_everybody_who_waits_is_notified(server: Server, client: Client, workflow: Workflow) -> None:
    for id in ("wfr_1", "wfr_2", "wfr_3"):
        await workflow.trigger(id)
        await workflow.wait(id, 1, "event")
    _, answered = await client.call("POST", "/v2/notify/event")
    assert [one["workflowRunId"] for one in answered] == ["wfr_1", "wfr_2", "wfr_3"]
    assert await client.call("POST", "/v2/notify/event") == (201, [])
    assert await client.get("/v2/waiters/event") == []


async def test_one_run_is_notified_before_or_after_it_waits(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    for id in ("wfr_1", "wfr_2"):
        await workflow.trigger(id)
    await workflow.wait("wfr_2", 1, "event")
    named = {"workflowRunId": "wfr_1", "workflowCreatedAt": NOON_MS}
    assert await client.call("POST", "/v2/notify/wfr_1/event", data="early") == (201, named)
    await workflow.wait("wfr_1", 1, "event")
    await server.idle()
    assert base64.b64decode(last_step(destination)["out"]) == b"early"
    status, answered = await client.call("POST", "/v2/notify/wfr_2/event", data="late")
    assert (status, answered["workflowRunId"], answered["error"]) == (201, "wfr_2", "")
    assert answered["messageId"].startswith("msg_")


@pytest.mark.parametrize("id", ["wfr_x", "wfr_ended"])
async def test_a_run_that_does_not_go_on_is_not_notified(client: Client, workflow: Workflow, id: str) -> None:
    await workflow.trigger("wfr_ended")
    await workflow.end("wfr_ended")
    assert await error(client, "POST", f"/v2/notify/{id}/event") == (404, f"workflow run {id} not found")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v2/notify"), ("GET", "/v2/waiters"), ("POST", "/v2/notify/wfr_1")]
)
@pytest.mark.parametrize("event", ["a%20b", "%00", "%C3%BC", "x" * 257])
async def test_an_event_has_a_name(client: Client, workflow: Workflow, method: str, path: str, event: str) -> None:
    await workflow.trigger()
    status, text = await error(client, method, f"{path}/{event}")
    assert (status, "event id" in text) == (400, True)


@pytest.mark.parametrize(
    ("event", "sent"),
    [
        ("a%20b", None),
        ("event", "{"),
        ("event", "\xff"),
        ("event", ""),
        ("event", "[]"),
        ("event", "{}"),
        ("event", '{"step": {"stepId": "1"}}'),
        ("event", '{"step": {"stepId": 1, "stepName": "a", "stepType": "Wait"}, "timeout": "soon"}'),
        ("event", '{"step": {"stepId": 1, "stepName": "a", "stepType": "Wait"}, "url": "nowhere"}'),
    ],
)
async def test_a_wrong_wait_of_a_run_that_goes_on_is_never_400(
    client: Client, workflow: Workflow, event: str, sent: str | None
) -> None:
    await workflow.trigger()
    data = json.dumps(workflow.wait_body(1)) if sent is None else sent
    status, text = await error(client, "POST", f"/v2/wait/{event}", data=data, headers=workflow.headers("wfr_1"))
    assert status == 412, text
    assert await client.get("/v2/waiters/event") == []


@pytest.mark.parametrize("sent", [None, "{"])
async def test_a_run_that_is_over_does_not_wait(client: Client, workflow: Workflow, sent: str | None) -> None:
    await workflow.trigger()
    await workflow.end("wfr_1")
    data = json.dumps(workflow.wait_body(1)) if sent is None else sent
    assert (await error(client, "POST", "/v2/wait/event", data=data, headers=workflow.headers("wfr_1")))[0] == 400
    assert await client.get("/v2/waiters/event") == []


async def test_a_wait_for_no_run_is_refused(client: Client, workflow: Workflow) -> None:
    status, text = await error(client, "POST", "/v2/wait/event", json=workflow.wait_body(1))
    assert (status, "Upstash-Workflow-RunId" in text) == (412, True)
    assert (await error(client, "POST", "/v2/wait/event", data="{"))[0] == 400


async def test_a_wait_that_comes_twice_waits_once(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    for _ in range(3):
        assert await workflow.wait("wfr_1", 1, "event") == (201, {})
    assert len(await client.get("/v2/waiters/event")) == 1


async def test_an_event_over_the_limit_is_refused_and_wakes_nobody(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    await workflow.wait("wfr_1", 1, "event")
    data = BytesIO(b"x" * (10 * 1024 * 1024 + 1))
    assert (await error(client, "POST", "/v2/notify/event", data=data))[0] == 413
    assert len(await client.get("/v2/waiters/event")) == 1


async def test_events_of_one_user_wake_nobody_of_another(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    await workflow.wait("wfr_1", 1, "event")
    other = Client(client.session, client.url, USERS[1].token)
    assert await other.call("POST", "/v2/notify/event") == (201, [])
    assert await other.get("/v2/waiters/event") == []
    assert (await error(other, "POST", "/v2/notify/wfr_1/event"))[0] == 404


async def test_a_reset_forgets_who_waits(server: Server, client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    await workflow.wait("wfr_1", 1, "event")
    await client.call("POST", "/_dev/reset", json={})
    assert await client.get("/v2/waiters/event") == []
    assert await workflow.log() == []
    await server.advance(3_600_000)
    assert (await client.get("/v2/events"))["events"] == []
