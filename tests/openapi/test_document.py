"""The OpenAPI document is valid and agrees with the routes and the parsers."""

from __future__ import annotations

import re

import pytest
from msgspec import Struct
from openapi_spec_validator import validate

from qstash_dev.api.app import OPEN_ROUTES, ROUTES
from qstash_dev.api.dev.routes import DEV_ROUTES
from qstash_dev.api.openapi.document import document
from qstash_dev.api.openapi.operations import option_headers, template
from qstash_dev.api.shapes import queries
from qstash_dev.protocol.headers import OPTION_NAMES
from qstash_dev.protocol.option_values import METHODS
from tests.conftest import Client
from tests.openapi.contract import check_answer, check_event


def test_the_document_is_valid_openapi() -> None:
    validate(document())


def test_every_route_is_documented_and_nothing_else() -> None:
    documented = {(method.upper(), path) for path, operations in document()["paths"].items() for method in operations}
    routes = [("GET", "/health"), *((method, path) for method, path, *_ in (*ROUTES, *DEV_ROUTES))]
    # A webhook takes any method; the document names those of an API.
    routes += [(method, path) for _, path, *_ in OPEN_ROUTES for method in METHODS]
    assert {(method, template(path)) for method, path in routes} == documented


def test_path_parameters_are_those_of_the_path() -> None:
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path)), f"{method} {path}"


def test_every_operation_has_a_summary() -> None:
    summaries = [operation["summary"] for path in document()["paths"].values() for operation in path.values()]
    assert [text for text in summaries if not text or text.endswith(".")] == []


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for path in document()["paths"].values() for operation in path.values()]
    assert len(set(ids)) == len(ids)


def test_every_option_that_the_parser_knows_is_documented() -> None:
    documented = {one["name"].lower().removeprefix("upstash-") for one in option_headers()} - {"content-type"}
    assert documented == OPTION_NAMES | {f"{prefix}-*" for prefix in ("forward", "callback", "failure-callback")}


@pytest.mark.parametrize(
    ("method", "path", "documented"),
    [
        ("DELETE", "/v2/messages", queries.MessageChoice),
        ("DELETE", "/v2/dlq", queries.DeadLetterChoice),
        ("POST", "/v2/dlq/retry", queries.DeadLetterChoice),
        ("DELETE", "/v2/workflows/runs", queries.RunsToEnd),
        ("DELETE", "/v2/workflows/dlq", queries.RunDeadLetterChoice),
    ],
    ids=["cancel", "dlq", "retry", "cancel-runs", "run-dlq"],
)
async def test_a_call_for_many_things_takes_the_filters_that_are_documented_and_no_other(
    client: Client, method: str, path: str, documented: type[Struct]
) -> None:
    for name in documented.__struct_encode_fields__:
        status, answer = await client.call(method, f"{path}?{name}=1")
        assert f"unknown query parameter {name}" not in str(answer), (status, answer)
    status, answer = await client.call(method, f"{path}?labeel=1")
    assert (status, answer["error"].partition(":")[0]) == (400, "unknown query parameter labeel")


async def test_every_filter_of_the_log_that_is_documented_leaves_out_what_it_does_not_mean(client: Client) -> None:
    await client.publish("http://127.0.0.1:9/")
    assert (await client.get("/v2/logs"))["events"]
    others = {"count", "cursor", "order", "groupBy", "trimBody", "fromDate", "toDate", "state"}
    for name in set(queries.EventPage.__struct_encode_fields__) - others:
        assert (await client.get(f"/v2/logs?{name}=nobody"))["events"] == [], name


async def test_the_document_needs_no_token(client: Client) -> None:
    client.token = "none"
    assert await client.get("/openapi.json") == document()


@pytest.mark.parametrize(
    ("method", "path", "status", "payload"),
    [
        ("GET", "/v2/keys", 200, {"current": "a"}),
        ("GET", "/v2/keys", 200, {"current": "a", "next": "b", "other": 1}),
        ("GET", "/v2/keys", 418, {"error": "?"}),
        ("GET", "/v2/keys", 401, {"message": "?"}),
        ("GET", "/v2/none", 200, {}),
        ("POST", "/v2/queues", 200, {}),
        ("POST", "/v2/publish/https://example.com", 201, {"messageId": "msg_1"}),
        ("GET", "/v2/queues", 200, [{"name": "q"}]),
    ],
)
def test_the_contract_notices_what_is_not_documented(method: str, path: str, status: int, payload: object) -> None:
    with pytest.raises(AssertionError):
        check_answer(method, path, status, payload)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/_dev/feed", {"seq": 1, "more": -1}),
        ("/_dev/feed", {"messages": []}),
        ("/_dev/events", {"missed": 0}),
        ("/_dev/events", {"missed": 1, "time": 1}),
    ],
)
def test_the_contract_notices_events_that_are_not_documented(path: str, data: object) -> None:
    with pytest.raises(AssertionError):
        check_event(path, data)


@pytest.mark.parametrize(
    ("method", "path", "status", "payload"),
    [
        ("GET", "/v2/keys", 200, {"current": "a", "next": "b"}),
        ("GET", "/v2/none", 404, {"error": "no such route"}),
        ("PUT", "/v2/keys", 405, {"error": "use GET"}),
        ("POST", "/v2/queues/", 200, None),
        ("POST", "/v2/publish/group", 202, [{"messageId": "msg_1", "url": "http://x", "deduplicated": True}]),
        ("POST", "/v2/Schedules/scd_1/pause", 404, {"error": "schedule scd_1 not found"}),
        ("GET", "/v2/flowControl/a/b", 404, {"error": "flow control key a/b not found"}),
    ],
)
def test_the_contract_accepts_what_is_documented(method: str, path: str, status: int, payload: object) -> None:
    check_answer(method, path, status, payload)
