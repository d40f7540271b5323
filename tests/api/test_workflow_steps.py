"""Publishes and batch items that belong to workflow runs: accepted or refused, and with which status."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import Any

import pytest

from qstash_dev.config import Config
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import error, serving
from tests.api.workflow import SDK, Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

LIVE = [
    ("body", "{"),
    ("body", None),
    ("body", "[]"),
    ("body", '{"stepId":"1"}'),
    ("body", '{"stepId":-1,"stepName":"a","stepType":"Run"}'),
    ("body", 7),
    ("body", "\ud800"),
    ("destination", ""),
    ("destination", 7),
    ("destination", "ftp://example.com"),
    ("destination", "http://["),
    ("destination", "group-that-is-not-there"),
    ("queue", "a b"),
    ("header", ("Upstash-Delay", "soon")),
    ("header", ("Upstash-Retries", "many")),
    ("header", ("Upstash-Not-Before", "x")),
    ("header", ("Upstash-Method", "STEAL")),
    ("header", ("Upstash-Timeout", "0")),
    ("header", ("Upstash-Flow-Control-Value", "speed=9")),
    ("header", ("Upstash-Failure-Callback", "nowhere")),
    ("header", ("Upstash-Forward-X", "a\nb")),
    ("header", ("X", 7)),
    ("header", ("X", {"a": 1})),
    ("header", ("Upstash-Workflow-CallType", "toCallback")),
]


def decoded(raw: list[dict[str, Any]]) -> list[Any]:
    return [json.loads(base64.b64decode(step["body"])) for step in raw]


async def test_a_run_from_its_trigger_to_its_end(
    server: Server, workflow: Workflow, destination: Destination
) -> None:
    first = await workflow.trigger()
    assert first == {
        "messageId": first["messageId"],
        "url": workflow.url,
        "workflowRunId": "wfr_1",
        "workflowCreatedAt": NOON_MS,
    }
    await server.idle()
    second = await workflow.step("wfr_1", 1)
    await server.idle()
    assert await workflow.end("wfr_1", '{"r":1}') == (200, {})
    for request, messages in zip(destination.requests, (1, 2), strict=True):
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["X-User"] == "uv"
        assert request.headers["Upstash-Workflow-Sdk-Version"] == "1"
        assert request.headers["Upstash-Workflow-Runid"] == "wfr_1"
        assert request.headers["Upstash-Workflow-Createdat"] == str(NOON_MS)
        assert request.headers["Upstash-Retried"] == "0"
        assert request.headers["Upstash-Signature"].count(".") == 2
        assert len(request.json) == messages
    assert [request.headers["Upstash-Message-Id"] for request in destination.requests] == [
        first["messageId"],
        second["messageId"],
    ]


async def test_a_step_may_be_published_as_well(server: Server, client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    target = f"/v2/publish/{workflow.url}"
    body, headers = workflow.step_body(1), workflow.headers("wfr_1")
    status, receipt = await client.call("POST", target, data=body, headers=headers)
    assert (status, receipt["workflowRunId"]) == (201, "wfr_1")
    assert await client.call("POST", target, data=body, headers=headers) == (202, receipt | {"deduplicated": True})


async def test_a_trigger_for_a_run_that_goes_on_is_answered_with_it(workflow: Workflow) -> None:
    first = await workflow.trigger()
    assert await workflow.trigger(body="other") == first | {"deduplicated": True}
    assert len(await workflow.log()) == 1


async def test_a_batch_for_runs_is_all_or_nothing(workflow: Workflow) -> None:
    await workflow.trigger()
    good = workflow.item(workflow.headers("wfr_1"), workflow.step_body(1))
    status, payload = await workflow.batch(good, workflow.item(workflow.headers("wfr_1"), "{"))
    assert (status, "item" in payload["error"] or "workflow step" in payload["error"]) == (412, True)
    assert len((await workflow.run())["steps"]) == 1
    status, receipts = await workflow.batch(good, good)
    assert status == 201
    assert [receipt.get("deduplicated") for receipt in receipts] == [None, True]


async def test_runs_and_messages_may_share_a_batch(
    server: Server, workflow: Workflow, destination: Destination
) -> None:
    plain = {"destination": destination.url + "/plain", "body": "x"}
    _, receipts = await workflow.batch(workflow.item(workflow.headers("wfr_1", "true"), ""), plain)
    await server.idle()
    assert ["workflowRunId" in receipt for receipt in receipts] == [True, False]
    assert sorted(destination.paths()) == ["/plain", "/workflow"]


@pytest.mark.parametrize(("what", "value"), LIVE)
async def test_a_wrong_step_of_a_run_that_goes_on_is_never_400(workflow: Workflow, what: str, value: Any) -> None:
    """The SDK takes a 400 for the end of the run and answers 200: the run would hang without a word."""
    await workflow.trigger()
    item = workflow.item(workflow.headers("wfr_1"), workflow.step_body(1))
    if what == "header":
        item["headers"] = item["headers"] | {value[0]: value[1]}
    else:
        item[what] = value
    status, payload = await workflow.batch(item)
    assert status in (404, 412), payload
    assert payload["error"]
    assert len((await workflow.run())["steps"]) == 1


@pytest.mark.parametrize(
    ("target", "headers", "body"),
    [
        ("ftp://example.com", {}, "{}"),
        ("", {}, "{}"),
        ("http://[", {}, "{}"),
        (None, {"Upstash-Delay": "soon"}, "{}"),
        (None, {"Upstash-Retries": "many"}, "{}"),
        (None, {}, "{"),
        (None, {}, ""),
        (None, {"Upstash-Workflow-CallType": "toCallback"}, "{}"),
    ],
)
async def test_a_wrong_publish_of_a_run_that_goes_on_is_never_400_either(
    client: Client, workflow: Workflow, target: str | None, headers: dict[str, str], body: str
) -> None:
    await workflow.trigger()
    path = f"/v2/publish/{workflow.url if target is None else target}"
    status, _ = await error(client, "POST", path, data=body, headers=workflow.headers("wfr_1") | headers)
    assert status == 412


@pytest.mark.parametrize("wrong", [True, False])
@pytest.mark.parametrize("state", ["unknown", "finished", "cancelled", "failed", "another instance"])
async def test_a_step_of_a_run_that_is_over_is_400(
    server: Server, workflow: Workflow, destination: Destination, state: str, wrong: bool
) -> None:
    if state == "failed":
        destination.answers(400, path="/workflow")
    if state != "unknown":
        await workflow.trigger(Upstash_Retries="0")
        await server.idle()
    if state in ("finished", "cancelled"):
        await workflow.end("wfr_1", cancel="true" if state == "cancelled" else "false")
    more = {"Upstash_Workflow_CreatedAt": str(NOON_MS - 1)} if state == "another instance" else {}
    item = workflow.item(workflow.headers("wfr_1", **more), workflow.step_body(1))
    status, payload = await workflow.batch(item | ({"destination": "ftp://x"} if wrong else {}))
    assert status == 400
    assert wrong or payload["error"].startswith("failed to publish to url: can not append to a a cancelled workflow")
    assert len(await workflow.log()) == (0 if state == "unknown" else 1)


async def test_a_refused_step_shows_in_the_log_of_its_run(workflow: Workflow) -> None:
    await workflow.trigger()
    await workflow.end("wfr_1")
    await workflow.batch(workflow.item(workflow.headers("wfr_1"), workflow.step_body(1)))
    notes = [note["text"] for note in (await workflow.run())["notes"]]
    assert "a step was submitted to a run that had ended as RUN_SUCCESS, and was refused" in notes


async def test_steps_may_come_out_of_order_and_twice(
    server: Server, workflow: Workflow, destination: Destination
) -> None:
    await workflow.trigger()
    await server.idle()
    for number in (3, 1, 2, 3, 1):
        await workflow.step("wfr_1", number)
        await server.idle()
    assert [step["stepId"] for step in decoded(destination.requests[-1].json)[1:]] == [3, 1, 2]
    assert len(destination.requests) == 4


@pytest.mark.parametrize("id", ["", "a\r\nX-Evil: 1", "\ud800", "x" * 1_001])
async def test_an_id_that_cannot_be_is_refused(client: Client, workflow: Workflow, id: str) -> None:
    status, payload = await workflow.batch(workflow.item(workflow.headers(id, "true"), ""))
    assert (status, "Upstash-Workflow-RunId" in payload["error"]) == (400, True)
    assert await workflow.log() == []


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"x" * 500_000, "größe".encode()])
async def test_a_payload_arrives_byte_for_byte(
    server: Server, client: Client, workflow: Workflow, destination: Destination, body: bytes
) -> None:
    path = f"/v2/publish/{workflow.url}"
    status, _ = await client.call("POST", path, data=BytesIO(body), headers=workflow.headers("wfr_1", "true"))
    assert status == 201
    await server.idle()
    [entry] = destination.requests[0].json
    assert base64.b64decode(entry["body"]) == body


async def test_a_payload_over_the_limit_is_412(client: Client, workflow: Workflow) -> None:
    path = f"/v2/publish/{workflow.url}"
    data = BytesIO(b"x" * (10 * 1024 * 1024 + 1))
    status, text = await error(client, "POST", path, data=data, headers=workflow.headers("wfr_1", "true"))
    assert (status, "maxMessageSize" in text) == (412, True)


async def test_a_run_that_loops_for_ever_is_ended_in_words(destination: Destination) -> None:
    async with serving(Config(port=0, shutdown_grace_s=0, max_run_entries=5)) as client:
        destination.answers(Answer(headers=SDK))
        workflow = Workflow(client, destination.url)
        await workflow.trigger()
        for number in range(1, 5):
            await workflow.step("wfr_1", number)
        status, payload = await workflow.batch(workflow.item(workflow.headers("wfr_1"), workflow.step_body(5)))
        assert (status, payload["error"]) == (412, "quota maxWorkflowSteps exceeded, current limit: 5")


async def test_a_log_that_is_too_large_is_fetched_by_the_sdk(destination: Destination) -> None:
    async with serving(Config(port=0, shutdown_grace_s=0, lazy_fetch_bytes=1_000)) as client:
        destination.answers(Answer(headers=SDK))
        workflow = Workflow(client, destination.url)
        await workflow.trigger(body="x" * 5_000)
        await destination.received(1)
        assert destination.requests[0].body == b""
        [entry] = await client.get("/v2/workflows/runs/wfr_1")
        assert base64.b64decode(entry["body"]) == b"x" * 5_000


async def test_runs_of_one_user_are_not_those_of_another(client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    other = Workflow(Client(client.session, client.url, USERS[1].token), workflow.url)
    status, _ = await other.batch(other.item(other.headers("wfr_1"), other.step_body(1)))
    assert status == 400
    assert await other.log() == []
    assert "deduplicated" not in await other.trigger()
    assert await other.end("wfr_1", cancel="true") == (200, {"cancelled": 1})
    assert (await workflow.run())["workflowState"] == "RUN_STARTED"
