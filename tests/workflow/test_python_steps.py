"""Workflows of the Python SDK: steps, sleeps and their deliveries."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from qstash_dev.server import Server
from tests.conftest import NOON_MS
from tests.workflow.conftest import Application, Context, Runs

NOON_S = NOON_MS // 1_000
DAY_MS = 86_400_000


async def test_a_run_of_three_steps(application: Application, runs: Runs) -> None:
    calls: list[str] = []

    async def route(context: Context) -> None:
        async def first() -> dict[str, Any]:
            calls.append("first")
            return {"hello": context.request_payload["name"]}

        one = await context.run("first", first)
        two = await context.run("second", lambda: calls.append("second"))
        three = await context.run("third", lambda: [1, "größe", None])
        application.results.append((one, two, three))

    url = application.workflow("/steps", route)
    await application.publish(url, json.dumps({"name": "bob"}), Content_Type="application/json")
    assert application.results == [({"hello": "bob"}, None, [1, "größe", None])]
    assert calls == ["first", "second"]
    # The publish that the SDK turns into a run, the start of the run, and each step.
    assert len(application.deliveries) == 1 + 1 + 3
    assert {delivery.status for delivery in application.deliveries} == {200}
    assert [len(delivery.steps) for delivery in application.deliveries[1:]] == [1, 2, 3, 4]
    run = await runs.only()
    assert (run["workflowState"], run["workflowUrl"]) == ("RUN_SUCCESS", url)
    assert [group["steps"][0]["stepName"] for group in run["steps"]] == ["init", "first", "second", "third"]
    assert "notes" not in run


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", None),
        (b"text", "text"),
        ('{"größe": ["✓", 1.5]}'.encode(), {"größe": ["✓", 1.5]}),
        (b'"' + b"x" * 3_000_000 + b'"', "x" * 3_000_000),
    ],
    ids=["nothing", "text", "json", "megabytes"],
)
async def test_payloads_of_any_kind(application: Application, runs: Runs, payload: bytes, expected: Any) -> None:
    async def route(context: Context) -> None:
        result = await context.run("echo", lambda: context.request_payload)
        application.results.append((context.request_payload, result))

    url = application.workflow("/payload", route)
    await application.publish(url, payload)
    assert application.results == [(expected, expected)]
    assert len(application.deliveries) == 3
    assert await runs.states() == ["RUN_SUCCESS"]


async def test_headers_of_the_user_are_there_in_every_step(application: Application) -> None:
    async def route(context: Context) -> None:
        seen = [context.headers.get(name) for name in ("x-user", "authorization")]
        await context.run("one", lambda: None)
        await context.sleep("two", 5)
        application.results.append(seen)

    url = application.workflow("/headers", route)
    await application.publish(url, X_User="uv", Authorization="Bearer mine")
    await application.advance(5_000)
    assert application.results == [["uv", "Bearer mine"]]
    for delivery in application.deliveries[1:]:
        assert (delivery.headers["x-user"], delivery.headers["authorization"]) == ("uv", "Bearer mine")
        assert delivery.headers["upstash-workflow-sdk-version"] == "1"
        assert delivery.headers["host"] == url.split("/")[2]
        assert int(delivery.headers["content-length"]) == len(delivery.body)


async def test_two_hundred_steps(application: Application, runs: Runs) -> None:
    async def route(context: Context) -> None:
        total = 0
        for number in range(200):
            total += await context.run(f"step-{number}", lambda number=number: number)
        application.results.append(total)

    await application.publish(application.workflow("/many", route))
    assert application.results == [sum(range(200))]
    assert len(application.deliveries) == 202
    assert len((await runs.only())["steps"]) == 201
    assert {delivery.headers["upstash-retried"] for delivery in application.deliveries} == {"0"}


@pytest.mark.parametrize(("duration", "ms"), [(3, 3_000), ("7d", 7 * DAY_MS), ("1h30m", 5_400_000)])
async def test_a_sleep_ends_when_it_should(
    server: Server, application: Application, runs: Runs, duration: int | str, ms: int
) -> None:
    async def route(context: Context) -> None:
        await context.run("before", lambda: None)
        await context.sleep("nap", duration)
        application.results.append(server.clock.now_ms() - NOON_MS)

    await application.publish(application.workflow("/sleep", route))
    await application.advance(ms - 1)
    assert application.results == []
    assert await runs.states() == ["RUN_STARTED"]
    await application.advance(1)
    assert application.results == [ms]
    assert len(application.deliveries) == 4
    assert await runs.states() == ["RUN_SUCCESS"]


@pytest.mark.parametrize(
    "until",
    [
        NOON_S + 60,
        NOON_S + 59.6,
        datetime.datetime.fromtimestamp(NOON_S + 60, datetime.UTC),
        datetime.datetime.fromtimestamp(NOON_S + 60, datetime.UTC).isoformat(),
    ],
    ids=["seconds", "fraction", "datetime", "text"],
)
async def test_a_sleep_until_a_time_ends_then(server: Server, application: Application, until: Any) -> None:
    async def route(context: Context) -> None:
        await context.sleep_until("nap", until)
        application.results.append(server.clock.now_ms() - NOON_MS)

    await application.publish(application.workflow("/until", route))
    await application.advance(59_999)
    assert application.results == []
    await application.advance(1)
    assert application.results == [60_000]
    assert len(application.deliveries) == 3


async def test_a_sleep_until_the_past_is_none(application: Application) -> None:
    async def route(context: Context) -> None:
        await context.sleep_until("nap", NOON_S - 60)
        application.results.append("done")

    await application.publish(application.workflow("/past", route))
    assert application.results == ["done"]


async def test_many_runs_at_once_do_not_mix(application: Application) -> None:
    async def route(context: Context) -> None:
        one = await context.run("one", lambda: context.request_payload)
        await context.sleep("nap", 10)
        two = await context.run("two", lambda: context.request_payload)
        application.results.append((context.request_payload, one, two))

    url = application.workflow("/mixed", route)
    for number in range(5):
        await application.publish(url, str(number))
    await application.advance(10_000)
    assert sorted(application.results) == [(number,) * 3 for number in range(5)]
    assert len(application.deliveries) == 5 * 5


async def test_a_start_whose_answer_was_lost_happens_once(application: Application, runs: Runs) -> None:
    """The run goes on before the delivery that begins it is tried again."""
    ran: list[str] = []

    async def route(context: Context) -> None:
        await context.run("one", lambda: ran.append("one"))
        application.results.append("done")

    application.losing = {2}
    await application.publish(application.workflow("/lost", route))
    await application.advance(60_000)
    assert (ran, application.results) == (["one"], ["done"])
    assert [delivery.status for delivery in application.deliveries] == [200, 502, 200]
    assert await runs.states() == ["RUN_SUCCESS"]


async def test_a_step_whose_answer_was_lost_is_recorded_once(application: Application, runs: Runs) -> None:
    """The SDK has submitted the step: it runs it once more, and what it submits then is known already."""
    ran: list[str] = []

    async def route(context: Context) -> None:
        one = await context.run("one", lambda: ran.append("one") or len(ran))
        await context.sleep("nap", 60)
        two = await context.run("two", lambda: ran.append("two") or len(ran))
        application.results.append((one, two))

    application.losing = {2}
    await application.publish(application.workflow("/twice", route))
    await application.advance(60_000)
    assert ran == ["one", "one", "two"]
    assert application.results == [(1, 3)]
    assert [delivery.headers["upstash-retried"] for delivery in application.deliveries] == [
        "0",
        "0",
        "0",
        "1",
        "0",
        "0",
    ]
    run = await runs.only()
    assert (run["workflowState"], len(run["steps"])) == ("RUN_SUCCESS", 4)


async def test_a_publish_whose_answer_was_lost_starts_two_runs(application: Application, runs: Runs) -> None:
    """A plain publish has no id of a run: whoever needs one run triggers it by its id."""

    async def route(context: Context) -> None:
        await context.run("one", lambda: None)

    application.losing = {1}
    await application.publish(application.workflow("/two", route))
    await application.advance(60_000)
    assert await runs.states() == ["RUN_SUCCESS", "RUN_SUCCESS"]
    assert len(application.deliveries) == 2 * 3
