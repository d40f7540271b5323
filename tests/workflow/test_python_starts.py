"""The ways to start a workflow of the Python SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import Request, Response
from upstash_workflow import async_serve
from upstash_workflow.workflow_types import _Response

from tests.conftest import NOON_MS, Client
from tests.workflow.conftest import Application, Context, Runs

HOUR_MS = 3_600_000
TRIGGER = {
    "Upstash-Feature-Set": "LazyFetch,InitialBody,WF_DetectTrigger,WF_TriggerOnConfig",
    "Upstash-Workflow-Init": "true",
    "Upstash-Workflow-RunId": "wfr_mine",
    "Upstash-Forward-Upstash-Workflow-Sdk-Version": "1",
    "Content-Type": "application/json",
}


def echo(application: Application, path: str = "/echo") -> str:
    """Serve a workflow that keeps its payload and a header of its user."""

    async def route(context: Context) -> None:
        payload = await context.run("one", lambda: context.request_payload)
        application.results.append((payload, context.headers.get("x-user")))

    return application.workflow(path, route)


async def trigger(client: Client, url: str, body: str, **more: str) -> dict[str, Any]:
    """Start a run by its id, as clients of other SDKs do."""
    headers = (
        TRIGGER | {"Upstash-Workflow-Url": url} | {name.replace("_", "-"): value for name, value in more.items()}
    )
    _, [receipt] = await client.call(
        "POST", "/v2/batch", json=[{"destination": url, "headers": headers, "body": body}]
    )
    return dict(receipt)


async def test_a_run_is_triggered_by_its_id_and_only_once(
    client: Client, application: Application, runs: Runs
) -> None:
    url = echo(application)
    for _ in range(3):
        await trigger(client, url, '"payload"', Upstash_Label="l1,l2", Upstash_Forward_X_User="uv")
    await application.rest()
    assert application.results == [("payload", "uv")]
    # No publish comes first: the start and the step are all.
    assert len(application.deliveries) == 2
    run = await runs.only()
    assert (run["workflowRunId"], run["workflowState"], run["labels"]) == ("wfr_mine", "RUN_SUCCESS", ["l1", "l2"])


async def test_an_id_may_be_used_again_after_the_end(client: Client, application: Application, runs: Runs) -> None:
    url = echo(application)
    for number in (1, 2):
        await trigger(client, url, str(number))
        await application.rest()
    assert application.results == [(1, None), (2, None)]
    assert [run["workflowRunId"] for run in await runs.all()] == ["wfr_mine"] * 2


async def test_a_run_may_start_later(client: Client, application: Application) -> None:
    await trigger(client, echo(application), "1", Upstash_Delay="1h")
    await application.advance(HOUR_MS - 1)
    assert application.deliveries == []
    await application.advance(1)
    assert application.results == [(1, None)]


async def test_a_schedule_starts_a_run_each_time(client: Client, application: Application, runs: Runs) -> None:
    url = echo(application)
    headers = {"Upstash-Cron": "0 * * * *", "Upstash-Forward-X-User": "cron"}
    await client.call("POST", f"/v2/schedules/{url}", data="payload", headers=headers)
    await application.advance(3 * HOUR_MS)
    assert application.results == [("payload", "cron")] * 3
    assert len(application.deliveries) == 3 * 3
    assert await runs.states() == ["RUN_SUCCESS"] * 3


async def test_a_queue_starts_runs_one_after_the_other(client: Client, application: Application) -> None:
    url = echo(application)
    for number in range(3):
        await client.call("POST", f"/v2/enqueue/queue/{url}", data=str(number))
    await application.rest()
    assert sorted(application.results) == [(number, None) for number in range(3)]


async def test_a_url_group_starts_a_run_of_each_workflow(client: Client, application: Application) -> None:
    urls = [echo(application, path) for path in ("/first", "/second")]
    endpoints = [{"url": url} for url in urls]
    async with client.session.post(
        f"{client.url}/v2/topics/group/endpoints",
        json={"endpoints": endpoints},
        headers={"Authorization": f"Bearer {client.token}"},
    ) as response:
        assert response.status == 200
    await client.call("POST", "/v2/publish/group", data="1")
    await application.rest()
    assert application.results == [(1, None)] * 2
    assert sorted(application.paths()) == ["/first"] * 3 + ["/second"] * 3


async def test_messages_of_a_run_share_its_flow_control_key(
    client: Client, application: Application, runs: Runs
) -> None:
    url = echo(application)
    flow_control = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "rate=1,period=10s"}
    await trigger(client, url, "1", **flow_control)
    await application.rest()
    assert len(application.deliveries) == 1
    await application.advance(10_000)
    assert application.results == [(1, None)]
    assert (await runs.only())["flowControlKey"] == "key"


async def test_the_address_of_the_application_may_be_another_one(
    client: Client, application: Application, runs: Runs
) -> None:
    """Behind a proxy the SDK is told its public address: whatever it names is delivered through the mapping."""

    async def route(context: Context) -> None:
        application.results.append(await context.run("one", lambda: context.url))

    application.workflow("/public", route, base_url="https://app.example")
    mapping = {"pattern": "https://app.example/*", "target": application.url}
    assert (await client.call("POST", "/_dev/mappings", json=mapping))[0] == 201
    await application.publish("https://app.example/public")
    assert application.results == ["https://app.example/public"]
    assert (await runs.only())["workflowUrl"] == "https://app.example/public"
    assert {delivery.status for delivery in application.deliveries} == {200}


@pytest.mark.parametrize("redact", [{"body": True, "header": ["x-user"]}, {"header": True, "body": True}])
async def test_what_a_workflow_redacts_is_hidden_in_its_log(
    application: Application, runs: Runs, redact: dict[str, Any]
) -> None:
    async def route(context: Context) -> None:
        result = await context.run("one", lambda: context.request_payload)
        application.results.append((result, context.headers["x-user"]))

    handle = async_serve(route, qstash_client=application.qstash, env=application.env, redact=redact)["handler"]

    @application.api.post("/redacted")
    async def redacted(request: Request) -> Response:
        response: _Response = await handle(request)
        return Response(response.body, response.status, response.headers)

    await application.publish(f"{application.url}/redacted", '"secret"', X_User="me-myself")
    assert application.results == [("secret", "me-myself")]
    shown = json.dumps(await runs.only())
    assert "secret" not in shown
    assert "me-myself" not in shown
    assert "REDACTED:" in shown


async def test_a_run_is_as_old_as_its_start(client: Client, application: Application, runs: Runs) -> None:
    await trigger(client, echo(application), "1", Upstash_Delay="1h")
    await application.advance(HOUR_MS)
    run = await runs.only()
    assert (run["workflowRunCreatedAt"], run["workflowRunCompletedAt"]) == (NOON_MS, NOON_MS + HOUR_MS)
    assert {delivery.headers["upstash-workflow-createdat"] for delivery in application.deliveries} == {str(NOON_MS)}
