"""Failed workflow runs that are resumed or restarted over HTTP, and what is refused."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import error
from tests.api.workflow import SDK, Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

DLQ = "/v2/workflows/dlq"
FINAL = Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"})


@pytest.fixture
async def failed(server: Server, workflow: Workflow, destination: Destination) -> str:
    """The dead letter of a run that has done step 1 and failed with step 2; the endpoint is mended since."""
    await workflow.trigger()
    await workflow.step("wfr_1", 1)
    await server.idle()
    destination.answers(FINAL, path="/workflow")
    await workflow.step("wfr_1", 2)
    await server.idle()
    destination.answers(Answer(headers=SDK), path="/workflow")
    destination.requests.clear()
    return str((await workflow.run())["dlqId"])


def bodies(destination: Destination) -> list[bytes]:
    return [base64.b64decode(entry["body"]) for entry in destination.requests[-1].json]


@pytest.mark.parametrize(("verb", "entries"), [("resume", 3), ("restart", 1)])
@pytest.mark.parametrize("form", ["path", "query", "body", "all"])
async def test_a_failed_run_gets_another_chance(
    server: Server,
    client: Client,
    workflow: Workflow,
    destination: Destination,
    failed: str,
    verb: str,
    entries: int,
    form: str,
) -> None:
    await server.advance(1_000)
    path = {"path": f"/{failed}", "query": f"?dlqIds={failed}", "body": "", "all": "?count=100"}[form]
    more: dict[str, Any] = {"json": {"dlqIds": [failed]}} if form == "body" else {}
    status, answer = await client.call("POST", f"{DLQ}/{verb}{path}", **more)
    await server.idle()
    named = answer if form == "path" else answer["workflowRuns"][0]
    id = named["workflowRunId"]
    assert status == 200
    assert named == {"workflowRunId": id, "workflowCreatedAt": NOON_MS + 1_000}
    assert form == "path" or (answer["cursor"], len(answer["workflowRuns"])) == ("", 1)
    assert id.startswith("wfr_")
    assert id != "wfr_1"
    [request] = destination.requests
    assert request.headers["Upstash-Workflow-Runid"] == id
    assert request.headers["Upstash-Workflow-Sdk-Version"] == "1"
    assert len(bodies(destination)) == entries
    assert bodies(destination)[0] == b'{"name":"bob"}'
    assert (await client.get(DLQ))["messages"] == []
    assert (await workflow.run(id))["workflowState"] == "RUN_STARTED"
    assert (await workflow.run("wfr_1"))["workflowState"] == "RUN_FAILED"


@pytest.mark.parametrize("verb", ["resume", "restart"])
async def test_what_is_unknown_is_404_and_what_matches_nothing_is_not(client: Client, failed: str, verb: str) -> None:
    for path in ("/9-9", "?dlqIds=9-9", "?dlqIds=9-9,8-8"):
        assert (await error(client, "POST", f"{DLQ}/{verb}{path}"))[0] == 404
    empty = {"cursor": "", "workflowRuns": []}
    assert await client.call("POST", f"{DLQ}/{verb}?label=none") == (200, empty)
    assert await client.call("POST", f"{DLQ}/{verb}?dlqIds=") == (200, empty)
    assert len((await client.get(DLQ))["messages"]) == 1


@pytest.mark.parametrize("verb", ["resume", "restart"])
async def test_an_entry_is_used_once(server: Server, client: Client, failed: str, verb: str) -> None:
    assert (await client.call("POST", f"{DLQ}/{verb}/{failed}"))[0] == 200
    await server.idle()
    assert (await error(client, "POST", f"{DLQ}/{verb}/{failed}"))[0] == 404


@pytest.mark.parametrize("verb", ["resume", "restart"])
async def test_fifty_at_a_time(
    server: Server, client: Client, workflow: Workflow, destination: Destination, verb: str
) -> None:
    destination.answers(FINAL, path="/workflow")
    for number in range(53):
        await workflow.trigger(f"wfr_{number}")
    await server.idle()
    destination.answers(Answer(headers=SDK), path="/workflow")
    ids = [letter["dlqId"] for letter in (await client.get(DLQ))["messages"]]
    status, text = await error(client, "POST", f"{DLQ}/{verb}", json={"dlqIds": ids})
    assert (status, "at most 50" in text) == (400, True)
    _, answer = await client.call("POST", f"{DLQ}/{verb}?count=100")
    assert (len(answer["workflowRuns"]), bool(answer["cursor"])) == (50, True)
    _, answer = await client.call("POST", f"{DLQ}/{verb}?cursor={answer['cursor']}")
    assert (len(answer["workflowRuns"]), answer["cursor"]) == (3, "")


@pytest.mark.parametrize("verb", ["resume", "restart"])
async def test_headers_override_settings(
    server: Server, client: Client, workflow: Workflow, destination: Destination, failed: str, verb: str
) -> None:
    destination.answers(Answer(status=500), path="/workflow")
    destination.answers(200, path="/other")
    headers = {
        "Upstash-Retries": "1",
        "Upstash-Retry-Delay": "1000",
        "Upstash-Label": "again",
        "Upstash-Flow-Control-Key": "slow",
        "Upstash-Flow-Control-Value": "parallelism=1",
        "Upstash-Failure-Callback": f"{destination.url}/other",
        "Upstash-Delay": "1h",
    }
    _, named = await client.call("POST", f"{DLQ}/{verb}/{failed}", headers=headers)
    await server.idle()
    assert destination.requests == []
    await server.advance(3_600_000 + 1_000)
    assert destination.paths() == ["/workflow", "/workflow", "/other"]
    run = await workflow.run(named["workflowRunId"])
    assert (run["label"], run["flowControlKey"], run["workflowState"]) == ("again", "slow", "RUN_FAILED")


@pytest.mark.parametrize("verb", ["resume", "restart"])
@pytest.mark.parametrize("header", [("Upstash-Retries", "x"), ("Upstash-Delay", "x"), ("Upstash-Retries", "9")])
async def test_a_wrong_header_leaves_everything_as_it_is(
    client: Client, workflow: Workflow, failed: str, verb: str, header: tuple[str, str]
) -> None:
    for path in (f"/{failed}", ""):
        status, _ = await error(client, "POST", f"{DLQ}/{verb}{path}", headers=dict([header]))
        assert status == (412 if header[1] == "9" else 400)
    assert len((await client.get(DLQ))["messages"]) == 1
    assert len(await workflow.log()) == 1


async def test_a_failure_function_is_told_again_until_it_listens(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    destination.answers(FINAL, path="/workflow")
    destination.answers(FINAL, FINAL, 200, path="/failed")
    await workflow.trigger(Upstash_Failure_Callback=f"{destination.url}/failed")
    await server.idle()
    id = (await workflow.run())["dlqId"]
    for state in ("CALLBACK_FAIL", "CALLBACK_SUCCESS"):
        answer = await client.call("POST", f"{DLQ}/callback/{id}")
        assert answer == (200, {"workflowRunId": "wfr_1", "workflowCreatedAt": NOON_MS})
        await server.idle()
        assert (await client.get(f"{DLQ}/{id}"))["failureFunctionState"] == state
    status, text = await error(client, "POST", f"{DLQ}/callback/{id}")
    assert (status, "CALLBACK_SUCCESS" in text) == (400, True)
    told = [request.body for request in destination.requests if request.target == "/failed"]
    assert len(told) == 3
    assert len(set(told)) == 1


async def test_a_failure_function_that_is_being_told_can_be_stopped(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    destination.answers(FINAL, path="/workflow")
    destination.answers(500, path="/failed")
    await workflow.trigger(Upstash_Failure_Callback=f"{destination.url}/failed")
    await server.idle()
    id = (await workflow.run())["dlqId"]
    answer = await client.call("DELETE", f"{DLQ}/callback/{id}")
    assert answer == (200, {"workflowRunId": "wfr_1", "workflowCreatedAt": NOON_MS})
    assert (await client.get(f"{DLQ}/{id}"))["failureFunctionState"] == "CALLBACK_CANCELED"
    assert (await error(client, "DELETE", f"{DLQ}/callback/{id}"))[0] == 400
    await server.advance(86_400_000)
    assert destination.paths() == ["/workflow", "/failed"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_there_must_be_a_failure_function(client: Client, failed: str, method: str) -> None:
    assert (await error(client, method, f"{DLQ}/callback/9-9"))[0] == 404
    status, text = await error(client, method, f"{DLQ}/callback/{failed}")
    assert (status, "absent" in text) == (400, True)


async def test_one_message_of_a_run_is_neither_retried_nor_replayed(
    server: Server, client: Client, workflow: Workflow, destination: Destination, failed: str
) -> None:
    for path, more in (
        (f"/v2/dlq/retry/{failed}", {}),
        (f"/v2/dlq/retry?dlqIds={failed}", {}),
        ("/v2/dlq/retry", {"json": {"dlqIds": [failed]}}),
    ):
        status, text = await error(client, "POST", path, **more)
        assert status == 409
        assert "belongs to workflow run wfr_1" in text
        assert f"POST /v2/workflows/dlq/resume/{failed}" in text
    letter = await client.get(f"{DLQ}/{failed}")
    status, text = await error(client, "POST", f"/_dev/messages/{letter['messageId']}/replay", json={})
    assert status == 409
    assert "belongs to workflow run wfr_1" in text
    assert "resume or restart" in text
    assert await client.call("POST", "/v2/dlq/retry") == (201, {"responses": [], "cursor": ""})
    await server.idle()
    assert destination.requests == []
    assert len((await client.get(DLQ))["messages"]) == 1
