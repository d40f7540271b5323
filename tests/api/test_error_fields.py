"""Errors name the field at fault as data: in a header below ``/v2/``, in the body below ``/_dev/``."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from tests.api.support import NOWHERE
from tests.conftest import Client

HEADER = "Qstash-Dev-Error-Field"
PUBLISH = f"/v2/publish/{NOWHERE}"
CRON = {"Upstash-Cron": "* * * * *"}
OF_RUN = {"Upstash-Workflow-RunId": "wfr_1", "Upstash-Workflow-Init": "false"}


async def answer(client: Client, method: str, path: str, **options: Any) -> tuple[Any, str | None]:
    """The body and the field that the header names."""
    headers = {"Authorization": f"Bearer {client.token}"} | options.pop("headers", {})
    async with client.session.request(method, client.url + path, headers=headers, **options) as response:
        assert response.status >= 400, await response.text()
        named = response.headers.get(HEADER)
        return await response.json(), None if named is None else unquote(named)


def batch(**item: Any) -> dict[str, Any]:
    return {"json": [{"destination": NOWHERE}, {"destination": NOWHERE} | item]}


@pytest.mark.parametrize(
    ("method", "path", "options", "field"),
    [
        ("POST", "/v2/publish/", {}, "destination"),
        ("POST", "/v2/publish/ftp://a", {}, "destination"),
        ("POST", "/v2/publish/nobody", {}, "destination"),
        ("POST", "/v2/publish/http://a:0", {}, "destination"),
        ("POST", "/v2/enqueue/a%20b/http://a", {}, "queue"),
        ("POST", PUBLISH, {"headers": {"Upstash-Retries": "x"}}, "Upstash-Retries"),
        ("POST", PUBLISH, {"headers": {"upstash-RETRIES": "x"}}, "upstash-RETRIES"),
        ("POST", PUBLISH + "?upstash-retries=x", {}, "upstash-retries"),
        ("POST", PUBLISH, {"headers": {"Upstash-Retries": "99"}}, "Upstash-Retries"),
        ("POST", PUBLISH, {"headers": {"Upstash-Delay": "9999d"}}, "Upstash-Delay"),
        ("POST", PUBLISH, {"headers": {"Upstash-Not-Before": "99999999999"}}, "Upstash-Not-Before"),
        (
            "POST",
            PUBLISH,
            {"headers": {"Upstash-Callback": "http://a", "Upstash-Callback-Retries": "99"}},
            "Upstash-Callback-Retries",
        ),
        (
            "POST",
            PUBLISH,
            {"headers": {"Upstash-Failure-Callback": "http://a", "Upstash-Failure-Callback-Delay": "soon"}},
            "Upstash-Failure-Callback-Delay",
        ),
        (
            "POST",
            PUBLISH,
            {"headers": {"Upstash-Flow-Control-Key": "k", "Upstash-Flow-Control-Value": "rate=0"}},
            "Upstash-Flow-Control-Value.rate",
        ),
        (
            "POST",
            PUBLISH,
            {"headers": {"Upstash-Flow-Control-Key": "k", "Upstash-Flow-Control-Value": "rate=1,period=soon"}},
            "Upstash-Flow-Control-Value.period",
        ),
        (
            "POST",
            PUBLISH,
            {"headers": {"Upstash-Flow-Control-Key": "k", "Upstash-Flow-Control-Value": "speed=1"}},
            "Upstash-Flow-Control-Value",
        ),
        ("POST", "/v2/enqueue/q/http://a", {"headers": {"Upstash-Delay": "5s"}}, "Upstash-Delay"),
        ("POST", "/v2/enqueue/q/http://a", {"headers": {"Upstash-Not-Before": "5"}}, "Upstash-Not-Before"),
        ("POST", "/v2/schedules/http://a", {}, "Upstash-Cron"),
        ("POST", "/v2/schedules/http://a", {"headers": {"Upstash-Cron": "often"}}, "Upstash-Cron"),
        ("POST", "/v2/schedules/http://a", {"headers": {"Upstash-Cron": "TZ=Mars/A * * * * *"}}, "Upstash-Cron.TZ"),
        ("POST", "/v2/schedules/http://a", {"headers": CRON | {"Upstash-Schedule-Id": "a b"}}, "Upstash-Schedule-Id"),
        ("POST", "/v2/batch", {"data": "{"}, "body"),
        ("POST", "/v2/batch", {"json": [{"destination": NOWHERE}, 7]}, "[1]"),
        ("POST", "/v2/batch", batch(destination="ftp://a"), "[1].destination"),
        ("POST", "/v2/batch", batch(queue="a b"), "[1].queue"),
        ("POST", "/v2/batch", batch(body="\ud83d"), "[1].body"),
        ("POST", "/v2/batch", batch(headers=[1]), "[1].headers"),
        ("POST", "/v2/batch", batch(headers={"X": 1}), "[1].headers.X"),
        ("POST", "/v2/batch", batch(headers={"upstash-delay": "soon"}), "[1].headers.upstash-delay"),
        ("POST", "/v2/batch/trigger", batch(headers={"Upstash-Retries": "x"}), "[1].headers.Upstash-Retries"),
        ("POST", "/v2/topics/a%20b/endpoints", {"json": {"endpoints": [{"url": NOWHERE}]}}, "name"),
        ("POST", "/v2/topics/g/endpoints", {"json": {"endpoints": [{"url": NOWHERE}, {}]}}, "endpoints[1].url"),
        ("POST", "/v2/topics/g/endpoints", {"json": {"endpoints": [{"url": "ftp://a"}]}}, "endpoints[0].url"),
        ("POST", "/v2/topics/g/endpoints", {"json": {"endpoints": [{"url": 7}]}}, "endpoints[0].url"),
        ("GET", "/v2/topics/g", {}, "name"),
        ("POST", "/v2/queues", {"json": {"queueName": "a b"}}, "queueName"),
        ("POST", "/v2/queues", {"json": {"queueName": "q", "parallelism": 0}}, "parallelism"),
        ("GET", "/v2/queues/q", {}, "name"),
        ("POST", "/v2/flowControl/a%20b/pause", {}, "key"),
        ("POST", "/v2/flowControl/k/pin?parallelism=0", {}, "parallelism"),
        ("GET", "/v2/messages/msg_1", {}, "id"),
        ("GET", "/v2/logs?order=oldest", {}, "order"),
        ("DELETE", "/v2/dlq?nonsense=1", {}, "nonsense"),
        ("DELETE", "/v2/dlq", {"json": {"ünsinn\r\nX: y": 1}}, "ünsinn\r\nX: y"),
        ("POST", "/v2/dlq/retry", {"json": {"dlqIds": ["1-1"]}}, "dlqIds"),
        ("POST", PUBLISH, {"headers": OF_RUN}, "Upstash-Workflow-RunId"),
        ("POST", "/v2/wait/a%20b", {}, "event"),
        ("POST", "/v2/wait/e", {"json": {}}, "Upstash-Workflow-RunId"),
        ("GET", "/v1/queues", {}, "QSTASH_URL"),
        ("GET", "/v2/queues", {"headers": {"Authorization": "Bearer x"}}, "Authorization"),
        ("GET", "/v2/queues?qstash_token=x", {"headers": {"Authorization": ""}}, "qstash_token"),
        ("GET", "/v2/queues", {"headers": {"Host": "evil.com"}}, "Host"),
        ("GET", "/v2/queues", {"headers": {"Origin": "http://evil.com"}}, "Origin"),
        ("GET", "/v2/nothing", {}, None),
        ("PUT", "/v2/queues", {}, None),
    ],
)
async def test_below_v2_a_header_names_the_field(
    client: Client, method: str, path: str, options: dict[str, Any], field: str | None
) -> None:
    body, named = await answer(client, method, path, **options)
    assert named == field
    # As hosted QStash has it: the SDKs make all of it the text of their exceptions.
    assert list(body) == ["error"]


@pytest.mark.parametrize(
    ("method", "path", "fields", "told"),
    [
        ("POST", "faults", {"match": ""}, {"field": "match", "reason": "use a string of 1 to 2000 characters"}),
        (
            "POST",
            "faults",
            {"match": "*", "error": "x"},
            {
                "field": "error",
                "reason": "use one of refused, reset, timeout",
                "expected": ["refused", "reset", "timeout"],
            },
        ),
        (
            "PUT",
            "inboxes/a/script",
            {"script": [200, 99]},
            {"field": "script[1]", "reason": "99 is not a status: use a number from 200 to 599"},
        ),
        (
            "POST",
            "reset",
            {"users": 1},
            {"field": "users", "reason": "use user, clock", "expected": ["user", "clock"]},
        ),
        ("GET", "messages/msg_1", None, {"field": "id"}),
        (
            "GET",
            "messages?due=soon",
            None,
            {"field": "due", "reason": "use now or later", "expected": ["now", "later"]},
        ),
        ("GET", "nothing", None, {}),
    ],
)
async def test_below_dev_the_body_names_it(
    client: Client, method: str, path: str, fields: Any, told: dict[str, Any]
) -> None:
    body, named = await answer(client, method, f"/_dev/{path}", json=fields)
    assert named is None
    assert {name: value for name, value in body.items() if name != "error"} == told
    assert told.get("reason", "") in body["error"]


async def test_the_field_of_a_step_survives_its_other_status(client: Client) -> None:
    start = {"Upstash-Workflow-RunId": "wfr_1", "Upstash-Workflow-Init": "true", "Upstash-Workflow-Url": NOWHERE}
    await client.call("POST", PUBLISH, headers=start)
    wrong = OF_RUN | {"Upstash-Retries": "x"}
    async with client.session.post(
        client.url + PUBLISH, headers={"Authorization": f"Bearer {client.token}"} | wrong
    ) as response:
        assert (response.status, response.headers[HEADER]) == (412, "Upstash-Retries")
