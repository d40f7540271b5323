"""The dead letter queue of workflow runs: its entries, the entries that a query selects, and deleting them."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import error
from tests.api.workflow import Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

DLQ = "/v2/workflows/dlq"
FINAL = {"Upstash-NonRetryable-Error": "true"}


@pytest.fixture
async def filled(server: Server, workflow: Workflow, destination: Destination) -> Workflow:
    """Three failed runs, a second apart, one run that goes on, and one failed message that is no run's."""
    destination.answers(Answer(status=489, body=b"no", headers=FINAL), path="/workflow")
    destination.answers(Answer(status=404), path="/workflow/child")
    destination.answers(Answer(body=b"handled"), path="/failed")
    destination.answers(Answer(status=489, headers=FINAL), path="/broken")
    more = {"Upstash_Failure_Callback": f"{destination.url}/failed", "Upstash_Label": "red,blue"}
    more |= {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "parallelism=2,rate=5,period=1m"}
    await workflow.trigger("wfr_a", **more)
    await server.advance(1_000)
    await workflow.trigger("wfr_b", Upstash_Failure_Callback=f"{destination.url}/broken")
    await server.advance(1_000)
    await Workflow(workflow.client, f"{workflow.url}/child").trigger("wfr_c", Upstash_Retries="0")
    await server.idle()
    destination.answers(Answer(status=500), path="/plain")
    await workflow.client.publish(f"{destination.url}/plain", Upstash_Retries="0")
    await server.idle()
    return workflow


async def letters(client: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"{DLQ}?{query}"))["messages"]
    return found


async def test_an_entry_has_every_field(client: Client, filled: Workflow, destination: Destination) -> None:
    letter = (await letters(client))[0]
    assert letter == {
        "messageId": letter["messageId"],
        "dlqId": f"{NOON_MS}-0",
        "url": filled.url,
        "method": "POST",
        "header": letter["header"],
        "body": '{"name":"bob"}',
        "maxRetries": 3,
        "notBefore": NOON_MS,
        "createdAt": NOON_MS,
        "callerIP": "127.0.0.1",
        "workflowRunId": "wfr_a",
        "workflowCreatedAt": NOON_MS,
        "workflowUrl": filled.url,
        "label": "red",
        "labels": ["red", "blue"],
        "flowControlKey": "key",
        "parallelism": 2,
        "rate": 5,
        "period": 60,
        "responseStatus": 489,
        "responseHeader": letter["responseHeader"],
        "responseBody": "no",
        "failureCallback": f"{destination.url}/failed",
        "failureFunctionState": "CALLBACK_SUCCESS",
        "failureCallbackInfo": {
            "state": "CALLBACK_SUCCESS",
            "responseStatus": 200,
            "responseBody": "handled",
            "responseHeaders": letter["failureCallbackInfo"]["responseHeaders"],
        },
    }
    assert letter["header"]["X-User"] == ["uv"]
    assert letter["responseHeader"]["Upstash-Nonretryable-Error"] == ["true"]
    assert await client.get(f"{DLQ}/{letter['dlqId']}") == letter


async def test_an_entry_without_a_failure_function_says_nothing_of_one(client: Client, filled: Workflow) -> None:
    letter = (await letters(client))[2]
    assert letter["responseStatus"] == 404
    assert not {"failureCallback", "failureFunctionState", "failureCallbackInfo"} & set(letter)


async def test_the_payload_is_shown_whatever_step_failed(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    await workflow.trigger(body="payload")
    await server.idle()
    destination.answers(Answer(status=489, headers=FINAL), path="/workflow")
    step = await workflow.step("wfr_1", 1)
    await server.idle()
    [letter] = await letters(client)
    assert (letter["messageId"], letter["body"]) == (step["messageId"], "payload")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "abc"),
        ("count=100", "abc"),
        ("workflowRunId=wfr_a", "a"),
        (f"workflowRunId=wfr_a,wfr_b&workflowCreatedAt={NOON_MS + 1_000}", "b"),
        ("workflowUrl={url}", "ab"),
        ("workflowUrl={url}/child", "c"),
        ("workflowUrl={url}/c", ""),
        ("url={url}/child", "c"),
        ("url={url}", "ab"),
        ("label=blue", "a"),
        ("label=green", ""),
        ("flowControlKey=key", "a"),
        ("callerIp=127.0.0.1", "abc"),
        ("callerIp=10.0.0.1", ""),
        ("responseStatus=404", "c"),
        ("responseStatus=489,404", "abc"),
        ("failureFunctionState=CALLBACK_SUCCESS", "a"),
        ("failureFunctionState=CALLBACK_FAIL", "b"),
        ("failureFunctionState=CALLBACK_FAIL,CALLBACK_SUCCESS", "ab"),
        (f"fromDate={NOON_MS + 1_000}", "bc"),
        (f"toDate={NOON_MS + 1_000}", "ab"),
        ("path=/workflow/child", "c"),
        ("host=127.0.0.1", "abc"),
        (f"dlqIds={NOON_MS}-0&label=green", "a"),
        (f"dlqIds={NOON_MS}-0,9-9", "a"),
        ("dlqIds=", ""),
        ("label=blue&responseStatus=404", ""),
    ],
)
async def test_filters_mean_the_same_for_every_verb(client: Client, filled: Workflow, query: str, shown: str) -> None:
    query = query.format(url=filled.url)
    expected = [f"wfr_{letter}" for letter in shown]
    assert [letter["workflowRunId"] for letter in await letters(client, query)] == expected
    listed = (await client.get(f"/v2/dlq?source=workflow&{query}"))["messages"]
    assert [letter["workflowRunId"] for letter in listed] == expected
    assert await client.call("DELETE", f"{DLQ}?{query}") == (200, {"deleted": len(expected)})
    assert len(await letters(client)) == 3 - len(expected)


@pytest.mark.parametrize("path", [DLQ, f"{DLQ}/resume", f"{DLQ}/restart"])
@pytest.mark.parametrize("query", ["runId=x", "count=0", "count=many", "cursor=x", "fromDate=now"])
async def test_a_wrong_query_does_nothing(client: Client, filled: Workflow, path: str, query: str) -> None:
    method = "DELETE" if path == DLQ else "POST"
    assert (await error(client, method, f"{path}?{query}"))[0] == 400
    assert len(await letters(client)) == 3
    assert len(await filled.log()) == 3


async def test_entries_come_in_pages(client: Client, filled: Workflow) -> None:
    first = await client.get(f"{DLQ}?count=2")
    second = await client.get(f"{DLQ}?count=2&cursor={first['cursor']}")
    assert [letter["workflowRunId"] for letter in first["messages"]] == ["wfr_a", "wfr_b"]
    assert [letter["workflowRunId"] for letter in second["messages"]] == ["wfr_c"]
    assert "cursor" not in second


async def test_entries_are_deleted_page_by_page(client: Client, filled: Workflow) -> None:
    status, answer = await client.call("DELETE", f"{DLQ}?count=2")
    assert (status, answer["deleted"]) == (200, 2)
    assert await client.call("DELETE", f"{DLQ}?count=2&cursor={answer['cursor']}") == (200, {"deleted": 1})
    assert await letters(client) == []
    assert len((await client.get("/v2/dlq"))["messages"]) == 1


async def test_entries_are_deleted_one_by_one(client: Client, filled: Workflow) -> None:
    id = (await letters(client))[0]["dlqId"]
    assert await client.call("DELETE", f"{DLQ}/{id}") == (200, {"deleted": 1})
    for method in ("GET", "DELETE"):
        assert await error(client, method, f"{DLQ}/{id}") == (404, f"dlq message {id} not found")
    assert len(await letters(client)) == 2


async def test_ids_may_come_as_json(client: Client, filled: Workflow) -> None:
    ids = [letter["dlqId"] for letter in await letters(client)]
    assert await client.call("DELETE", DLQ, json={"dlqIds": ids[:2]}) == (200, {"deleted": 2})
    assert (await error(client, "DELETE", DLQ, json={"ids": ids}))[0] == 400
    assert await client.call("DELETE", DLQ, json=[ids[2]]) == (200, {"deleted": 1})


async def test_messages_and_runs_do_not_mix(client: Client, filled: Workflow) -> None:
    [plain] = (await client.get("/v2/dlq"))["messages"]
    assert plain["url"].endswith("/plain")
    assert "workflowRunId" not in plain
    for letter in await letters(client):
        for method in ("GET", "DELETE"):
            assert (await error(client, method, f"/v2/dlq/{letter['dlqId']}"))[0] == 404
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/resume"),
        ("POST", "/restart"),
        ("POST", "/callback"),
    ):
        verb = f"{DLQ}{path}/{plain['dlqId']}"
        assert (await error(client, method, verb))[0] == 404
    assert await client.call("DELETE", "/v2/dlq") == (200, {"deleted": 1})
    assert len(await letters(client)) == 3


async def test_what_a_run_hides_is_hidden_in_its_entry(
    server: Server, client: Client, workflow: Workflow, destination: Destination
) -> None:
    destination.answers(Answer(status=489, headers=FINAL), path="/workflow")
    destination.answers(200, path="/failed")
    more = {"Upstash_Failure_Callback": f"{destination.url}/failed", "Upstash_Redact_Fields": "body,header[X-User]"}
    more["Upstash_Failure_Callback_Feature_Set"] = "InitialBody"
    await workflow.trigger(**more)
    await server.idle()
    [letter] = await letters(client)
    assert letter["body"].startswith("REDACTED:")
    assert letter["header"]["X-User"][0].startswith("REDACTED:")
    told = destination.requests[-1].json
    assert (told["sourceHeader"]["X-User"], told["sourceBody"]) == (["uv"], "eyJuYW1lIjoiYm9iIn0=")


async def test_entries_of_one_user_are_not_those_of_another(client: Client, filled: Workflow) -> None:
    other = Client(client.session, client.url, USERS[1].token)
    assert await letters(other) == []
    id = (await letters(client))[0]["dlqId"]
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/resume"),
        ("POST", "/restart"),
        ("POST", "/callback"),
    ):
        assert (await error(other, method, f"{DLQ}{path}/{id}"))[0] == 404
    assert await other.call("DELETE", DLQ) == (200, {"deleted": 0})
    assert len(await letters(client)) == 3
