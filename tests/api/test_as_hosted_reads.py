"""Read and bulk calls as hosted QStash and its clients know them."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import NOWHERE, error, give_up
from tests.api.workflow import Workflow
from tests.conftest import Client
from tests.destination import Answer, Destination


@pytest.mark.parametrize(
    ("trim", "body", "answer"), [("", "pay", "ans"), ("3", "pay", "ans"), ("0", None, None), ("-1", None, None)]
)
async def test_bodies_of_dead_letters_are_trimmed(
    server: Server, client: Client, destination: Destination, trim: str, body: str | None, answer: str | None
) -> None:
    destination.answers(Answer(500, b"answer"))
    await give_up_with(server, client, destination)
    workflow = Workflow(client, destination.url)
    await workflow.trigger(body="payload", Upstash_Retries="0")
    await server.idle()
    query = f"?trimBody={trim}" if trim else ""
    for path in ("dlq", "workflows/dlq"):
        [letter] = (await client.get(f"/v2/{path}{query}"))["messages"]
        whole = {"payload", "answer"} if not trim else {body, answer}
        assert {letter.get("body"), letter.get("responseBody")} == whole
        assert not {"bodyBase64", "responseBodyBase64"} & letter.keys()


async def give_up_with(server: Server, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, b"payload", Upstash_Retries="0")
    await server.idle()


async def test_a_trimmed_body_ends_with_a_whole_character(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(500, "aüü".encode()))
    await client.publish(destination.url, "üü".encode(), Upstash_Retries="0")
    await server.idle()
    [letter] = (await client.get("/v2/dlq?trimBody=3"))["messages"]
    assert (letter["body"], letter["responseBody"]) == ("ü", "aü")
    assert (await error(client, "GET", "/v2/dlq?trimBody=x"))[0] == 400


@pytest.mark.parametrize(
    "path", ["/v2/dlq", "/v2/workflows/dlq", "/v2/events", "/v2/workflows/logs", "/v2/flowControl"]
)
async def test_reading_takes_parameters_it_does_not_know(client: Client, path: str) -> None:
    assert (await client.call("GET", f"{path}?utm_source=x&colour=red"))[0] == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v2/dlq"),
        ("POST", "/v2/dlq/retry"),
        ("DELETE", "/v2/messages"),
        ("DELETE", "/v2/workflows/dlq"),
        ("DELETE", "/v2/workflows/runs"),
        ("POST", "/v2/workflows/dlq/resume"),
        ("POST", "/v2/workflows/dlq/restart"),
    ],
)
async def test_what_could_destroy_something_does_not(client: Client, method: str, path: str) -> None:
    assert "colour" in (await error(client, method, f"{path}?colour=red"))[1]
    assert "colour" in (await error(client, method, path, json={"colour": "red"}))[1]
    for empty in ("", [], [""], {}):
        assert "label" in (await error(client, method, path, json={"label": empty}))[1]


@pytest.mark.parametrize("verb", ["resume", "restart"])
@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"label": "b"}, 1),
        ({"label": ["a", "b"]}, 2),
        ({"label": "none"}, 0),
        ({"count": 1}, 1),
        ({"callerIP": "127.0.0.1"}, 2),
        ({"callerIp": "10.0.0.1"}, 0),
        ({"workflowUrl": NOWHERE, "label": None}, 2),
        ({"failureCallbackState": "CALLBACK_FAIL"}, 0),
        ({"responseStatus": 0, "fromDate": 0}, 2),
        ({}, 2),
    ],
)
async def test_filters_of_a_bulk_recovery_may_stand_in_its_body(
    server: Server, client: Client, verb: str, body: dict[str, Any], found: int
) -> None:
    workflow = Workflow(client, NOWHERE)
    for label in ("a", "b"):
        await workflow.trigger(f"wfr_{label}", Upstash_Retries="0", Upstash_Label=label)
    await server.idle()
    status, answer = await client.call("POST", f"/v2/workflows/dlq/{verb}", json=body)
    assert (status, len(answer["workflowRuns"])) == (200, found)


async def test_filters_of_any_bulk_call_may_stand_in_its_body(
    server: Server, client: Client, destination: Destination
) -> None:
    for label in ("a", "b"):
        await give_up(server, client, destination, "/x", Upstash_Label=label)
        await client.publish(NOWHERE, Upstash_Delay="1h", Upstash_Label=label)
    assert await client.call("DELETE", "/v2/messages", json={"label": "a"}) == (200, {"cancelled": 1})
    _, answer = await client.call("POST", "/v2/dlq/retry", json={"label": ["a"], "responseStatus": 500})
    assert len(answer["responses"]) == 1
    assert await client.call("DELETE", "/v2/dlq", json={"label": "b", "toDate": 4_000_000_000_000}) == (
        200,
        {"deleted": 1},
    )


@pytest.mark.parametrize("name", ["failureFunctionState", "failureCallbackState"])
async def test_the_state_of_a_failure_function_has_two_names(
    server: Server, client: Client, destination: Destination, name: str
) -> None:
    destination.answers(Answer(200, b"{}"))
    workflow = Workflow(client, NOWHERE)
    await workflow.trigger("wfr_told", Upstash_Retries="0", Upstash_Failure_Callback=destination.url)
    await workflow.trigger("wfr_untold", Upstash_Retries="0")
    await server.idle()
    for path in ("workflows/dlq", "dlq"):
        query = f"source=workflow&{name}=CALLBACK_SUCCESS&callerIP=127.0.0.1"
        [letter] = (await client.get(f"/v2/{path}?{query}"))["messages"]
        assert letter["workflowRunId"] == "wfr_told"


async def test_a_group_of_events_is_what_the_mcp_server_reads(
    server: Server, client: Client, destination: Destination
) -> None:
    ids = [await client.publish(f"{destination.url}/{number}") for number in range(3)]
    await server.idle()
    for path in ("events", "logs"):
        page = await client.get(f"/v2/{path}?groupBy=messageId&trimBody=0&count=2")
        assert [message["messageId"] for message in page["messages"]] == ids[:0:-1]
        for message in page["messages"]:
            assert [event["state"] for event in message["events"]] == ["DELIVERED", "ACTIVE", "CREATED"]
        rest = await client.get(f"/v2/{path}?groupBy=messageId&cursor={page['cursor']}")
        assert [message["messageId"] for message in rest["messages"]] == ids[:1]
        assert rest.keys() == {"messages"}
        assert "groupBy" in (await error(client, "GET", f"/v2/{path}?groupBy=url"))[1]
