"""The OpenAPI document has everything that QStash documents, and every documented field occurs in an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from qstash_dev.api.openapi.document import document
from qstash_dev.server import Server
from tests.api import test_dlq_bulk, test_publish_options, test_schedules
from tests.api.population import FILTERS, PLACE_FILTERS
from tests.api.support import NOWHERE, done, error, send
from tests.conftest import Client
from tests.destination import Answer, Destination
from tests.openapi.qstash import OPERATIONS, Documented

EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def described(operation: Documented) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][operation.path][operation.method.lower()]
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference stands for."""
    while "$ref" in schema:
        target: dict[str, Any] = document()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def fields(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Every field of a schema; ``[]`` leads into the items of an array."""
    schema = resolved(schema)
    for choice in schema.get("anyOf", ()):
        yield from fields(choice, prefix)
    if schema.get("type") == "array":
        yield from fields(schema["items"], prefix + "[]")
    for name, value in schema.get("properties", {}).items():
        yield prefix + name
        if resolved(value).get("type") == "array":
            yield from fields(value, prefix + name)


def present(value: Any, prefix: str = "") -> Iterator[str]:
    """Every field of an answer, spelled like those of a schema."""
    if isinstance(value, list):
        for item in value:
            yield from present(item, prefix + "[]")
    elif isinstance(value, dict):
        for name, field in value.items():
            yield prefix + name
            if isinstance(field, list):
                yield from present(field, prefix + name)


@EACH
def test_every_parameter_is_in_our_document(operation: Documented) -> None:
    parameters = described(operation).get("parameters", [])
    known = {kind: [one["name"] for one in parameters if one["in"] == kind] for kind in ("query", "header", "path")}
    assert set(operation.query) <= set(known["query"])
    assert set(re.findall(r"\{(\w+)\}", operation.path)) == set(known["path"])
    for name in operation.headers:
        assert any(fnmatchcase(name, pattern) for pattern in known["header"]), name


@EACH
def test_every_field_of_a_body_is_in_our_document(operation: Documented) -> None:
    body = described(operation).get("requestBody", {"content": {"application/json": {"schema": {}}}})
    known = {name for content in body["content"].values() for name in fields(content["schema"])}
    assert set(operation.body) <= known


@EACH
def test_every_answer_is_in_our_document(operation: Documented) -> None:
    answers = described(operation)["responses"]
    assert {str(operation.status), *map(str, operation.errors)} <= answers.keys()
    content = answers[str(operation.status)].get("content", {"application/json": {"schema": {}}})
    assert set(operation.answer) <= set(fields(content["application/json"]["schema"]))


def test_nothing_is_documented_twice() -> None:
    names = [(operation.method, operation.path) for operation in OPERATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.headers], ids=str)
def test_every_header_is_in_a_table_of_tested_options(operation: Documented) -> None:
    scheduled = operation.path.startswith("/v2/schedules")
    options = test_schedules.OPTIONS if scheduled else test_publish_options.OPTIONS
    tested = {name.lower() for headers, _ in options for name in headers}
    # Those have tests of their own.
    tested |= {"content-type", "upstash-redact-fields", "upstash-cron", "upstash-schedule-id"}
    for name in operation.headers:
        assert any(fnmatchcase(one, name.lower()) for one in tested), name


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.query], ids=str)
def test_every_filter_is_in_a_table_of_tested_filters(operation: Documented) -> None:
    tables = (FILTERS, PLACE_FILTERS, test_dlq_bulk.CHOICES)
    tested = {part.partition("=")[0] for table in tables for query in table for part in query.split("&")}
    # Those have tests of their own.
    tested |= {"messageIds", "dlqIds", "state", "cursor", "count", "parallelism", "rate", "period"}
    assert set(operation.query) <= tested


# What a message and its letter hold of everything: each documented field is set.
LOADED = {
    "Content-Type": "text/plain",
    "Upstash-Retries": "1",
    "Upstash-Retry-Delay": "1000",
    "Upstash-Timeout": "9s",
    "Upstash-Delay": "10s",
    "Upstash-Label": "red,blue",
    "Upstash-Queue-Name": "queue",
    "Upstash-Flow-Control-Key": "key",
    "Upstash-Flow-Control-Value": "rate=9,parallelism=9,period=60s",
    "Upstash-Callback": NOWHERE,
    "Upstash-Callback-Retries": "0",
    "Upstash-Callback-Forward-B": "2",
    "Upstash-Failure-Callback": NOWHERE,
    "Upstash-Failure-Callback-Retries": "0",
    "Upstash-Failure-Callback-Forward-C": "3",
}
CRON = {"Upstash-Cron": "* * * * *", "Upstash-Schedule-Id": "schedule"}


async def furnish(server: Server, client: Client, destination: Destination) -> None:
    """A schedule to a group has run once, through a queue and a key, and failed; and there are letters of bytes."""
    destination.answers(Answer(status=503, body=b"busy"), path="/text")
    destination.answers(Answer(status=503, body=b"\xff"), path="/bytes")
    endpoints = {"endpoints": [{"url": f"{destination.url}/text", "name": "endpoint"}]}
    await done(client, "POST", "/v2/topics/group/endpoints", json=endpoints)
    await client.call("POST", "/v2/schedules/group", data=b"text", headers=LOADED | CRON)
    for _ in range(2):
        await client.publish(f"{destination.url}/bytes", b"\xff", Upstash_Retries="0")
    await server.advance(90_000)
    await done(client, "POST", "/v2/schedules/schedule/pause")


async def answers(client: Client, operation: Documented) -> list[Any]:
    """Real answers to one operation that together hold all its fields."""
    letters = (await client.get("/v2/dlq?responseStatus=503"))["messages"]
    ids = {"messages": [letter["messageId"] for letter in letters], "dlq": [letter["dlqId"] for letter in letters]}
    kind = operation.path.split("/")[2]
    path = operation.path.replace("{queue}", "queue").replace("{key}", "key")
    path = path.replace("{name}", "group" if kind == "topics" else "queue")
    headers = {"Upstash-Deduplication-Id": "once"} | ({} if kind == "enqueue" else {"Upstash-Delay": "1h"})
    options: dict[str, Any] = {}
    if "{destination}" in path:
        targets = ["group"] if kind == "schedules" else [NOWHERE, NOWHERE, "group", "group"]
        paths, options = [path.replace("{destination}", target) for target in targets], {"headers": headers | CRON}
        if kind != "schedules":
            options = {"headers": headers}
    elif "{id}" in path:
        paths = [path.replace("{id}", id) for id in ids.get(kind, ["schedule"])]
    elif operation.path == "/v2/batch":
        item = {"destination": NOWHERE, "headers": headers, "body": "x", "queue": "queue"}
        paths, options = [path], {"json": [item, item]}
    else:
        paths = [path]
    if "dlq/retry" in path:
        options = {"headers": headers}
    if "cursor" in operation.answer:
        # Once on the way, and once to the end.
        paths = [f"{path}?count=1", path, path]
    return [(await send(client, operation.method, one, **options))[1] for one in paths]


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.answer], ids=str)
async def test_every_field_comes_up_in_a_real_answer(
    server: Server, client: Client, destination: Destination, operation: Documented
) -> None:
    await furnish(server, client, destination)
    found = {name for answer in await answers(client, operation) for name in present(answer)}
    assert set(operation.answer) <= found


@EACH
async def test_every_documented_error_is_a_real_answer(client: Client, operation: Documented) -> None:
    for status in operation.errors:
        method, path, options = _mistake(operation, status)
        token = client.token
        client.token = "none" if status == 401 else token
        for number in range(100 if status == 412 else 0):
            made = {"queueName": f"q{number}"}
            await done(client, "POST", "/v2/queues", json=made)
        assert (await error(client, method, path, **options))[0] == status
        client.token = token


def _mistake(operation: Documented, status: int) -> tuple[str, str, dict[str, Any]]:
    """A request that must be answered with this status."""
    path, options = operation.path, {}
    if status == 404:
        path = path.replace("{destination}", "no-such-group").replace("{queue}", "queue")
        path = path.replace("/retry", "/retry?dlqIds=1-1") if path.endswith("/retry") else path
    elif status == 412:
        if "schedules" in path:
            path, options = path.replace("{destination}", NOWHERE), {"headers": CRON | {"Upstash-Retries": "6"}}
        else:
            options = {"json": {"queueName": "one-more"}}
    else:
        path = path.replace("{destination}", "example.com/x").replace("{key}", "").replace("{name}", "a%20b")
        options = {"json": {"queueName": ""}} if path in ("/v2/queues", "/v2/batch") else {}
    return operation.method, re.sub(r"\{\w+\}", "none", path), options
