"""Messages of workflow runs in the routes for messages."""

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

RUN_FIELDS = ("workflowRunId", "workflowUrl", "workflowCreatedAt")


def named(fields: dict[str, Any]) -> dict[str, Any]:
    """What an answer says about a run."""
    return {name: fields[name] for name in RUN_FIELDS if name in fields}


async def everything(server: Server, workflow: Workflow, destination: Destination, **more: str) -> None:
    """A run with a step, a call and its report, which fails in the end and tells its failure function."""
    await workflow.trigger(Upstash_Failure_Callback=f"{destination.url}/failed", **more)
    await workflow.step("wfr_1", 1, {"out": '"secret"'})
    await workflow.call("wfr_1", 2, f"{destination.url}/third", "secret")
    await server.idle()
    destination.answers(Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"}), path="/workflow")
    await workflow.step("wfr_1", 3, {"out": '"secret"'})
    await server.idle()


async def message_ids(client: Client) -> list[str]:
    events = (await client.get("/v2/events?order=earliestFirst"))["events"]
    return list(dict.fromkeys(event["messageId"] for event in events))


async def test_every_message_of_a_run_names_it(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    await everything(server, workflow, destination)
    run = {"workflowRunId": "wfr_1", "workflowUrl": workflow.url, "workflowCreatedAt": NOON_MS}
    ids = await message_ids(client)
    assert len(ids) == 6
    for id in ids:
        assert named(await client.get(f"/v2/messages/{id}")) == run
    for path in ("events", "logs"):
        events = (await client.get(f"/v2/{path}"))["events"]
        assert [named(event) for event in events] == [run] * len(events)


async def test_other_messages_name_none(server: Server, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url, Upstash_Callback=destination.url)
    await server.idle()
    assert named(await client.get(f"/v2/messages/{id}")) == {}
    assert [named(event) for event in (await client.get("/v2/events"))["events"]] == [{}] * 6


@pytest.mark.parametrize("fields", ["body,header[X-User]", "body,header"])
async def test_what_a_run_hides_is_hidden_of_every_message_and_delivered_all_the_same(
    server: Server, client: Client, workflow: Workflow, destination: Destination, fields: str
) -> None:
    await everything(server, workflow, destination, Upstash_Redact_Fields=fields)
    shown = [await client.get(f"/v2/messages/{id}") for id in await message_ids(client)]
    events = (await client.get("/v2/events"))["events"]
    secrets = ("secret", "bob", base64.b64encode(b"secret").decode(), base64.b64encode(b'{"name":"bob"}').decode())
    for view in (*shown, *events):
        text = json.dumps(view)
        assert not [secret for secret in secrets if secret in text], view
        assert '"uv"' not in text
    assert sum("REDACTED:" in json.dumps(view["header"]) for view in shown if "X-User" in view["header"]) == 4
    delivered = b"".join(request.body for request in destination.requests)
    assert b"REDACTED" not in delivered
    assert {request.headers.get("X-User") for request in destination.requests if request.target == "/workflow"} == {
        "uv"
    }


async def test_reports_do_not_show_the_headers_that_a_run_hides(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    await everything(server, workflow, destination, Upstash_Redact_Fields="header[X-User],header[X-Call]")
    for id in await message_ids(client):
        text = json.dumps(await client.get(f"/v2/messages/{id}"))
        assert '"uv' not in text.replace("\\", "")
        assert '["v"]' not in text.replace("\\", "")


@pytest.mark.parametrize("path", ["/v2/messages/{id}", "/v2/messages?messageIds={id}", "/v2/messages"])
async def test_cancelling_a_message_cancels_its_run(
    server: Server, client: Client, workflow: Workflow, path: str
) -> None:
    receipt = await workflow.trigger(Upstash_Delay="1h")
    assert await client.call("DELETE", path.format(id=receipt["messageId"])) == (200, {"cancelled": 1})
    run = await workflow.run()
    assert run["workflowState"] == "RUN_CANCELED"
    assert "was cancelled, and with it the run" in run["notes"][0]["text"]
    await server.idle()


async def test_a_message_of_a_run_may_be_delivered_before_its_time(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    receipt = await workflow.trigger(Upstash_Delay="1h")
    assert (await client.call("POST", f"/_dev/messages/{receipt['messageId']}/deliver", json={}))[0] == 200
    await server.idle()
    assert destination.paths() == ["/workflow"]


async def test_messages_of_runs_are_filtered_like_any(client: Client, workflow: Workflow) -> None:
    receipt = await workflow.trigger(Upstash_Label="red", Upstash_Delay="1h")
    await workflow.trigger("wfr_2", Upstash_Delay="1h")
    events = (await client.get("/v2/events?label=red"))["events"]
    assert {event["messageId"] for event in events} == {receipt["messageId"]}
    assert await client.call("DELETE", "/v2/messages?label=red") == (200, {"cancelled": 1})
    assert [run["workflowState"] for run in await workflow.log()] == ["RUN_STARTED", "RUN_CANCELED"]


async def test_a_cancelled_message_of_a_run_is_gone(client: Client, workflow: Workflow) -> None:
    receipt = await workflow.trigger(Upstash_Delay="1h")
    await workflow.end("wfr_1", cancel="true")
    assert (await error(client, "GET", f"/v2/messages/{receipt['messageId']}"))[0] == 404
