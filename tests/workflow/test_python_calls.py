"""``context.call`` of the Python SDK: the request to the third party, and the result in the workflow."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.api.support import NOWHERE
from tests.destination import Answer, Destination
from tests.workflow.conftest import Application, Context, Runs


def called(application: Application, url: str, **options: Any) -> str:
    """Serve a workflow that calls this URL and keeps the answer."""

    async def route(context: Context) -> None:
        response = await context.call("ask", url=url, **options)
        after = await context.run("after", lambda: response.status)
        application.results.append((response.status, response.body, after))

    return application.workflow("/call", route)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(body=b'{"a": [1, null]}'), (200, {"a": [1, None]})),
        (Answer(body=b"plain"), (200, "plain")),
        (Answer(status=201, body='{"name": "größe ✓"}'.encode()), (201, {"name": "größe ✓"})),
        (Answer(body="größe ✓".encode()), (200, "größe ✓")),
        (Answer(status=204, body=b""), (204, "")),
        (Answer(body=b""), (200, "")),
        (Answer(status=404, body=b'{"error": "no"}'), (404, {"error": "no"})),
        (Answer(status=500, body=b""), (500, "")),
        (Answer(status=302, headers={"Location": "/elsewhere"}), (302, "ok")),
        (Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"}), (489, "ok")),
    ],
)
async def test_the_answer_whatever_it_is_comes_back(
    application: Application, runs: Runs, destination: Destination, answer: Answer, expected: tuple[int, Any]
) -> None:
    destination.answers(answer)
    await application.publish(called(application, f"{destination.url}/third"))
    assert application.results == [(*expected, expected[0])]
    assert destination.paths() == ["/third"]
    # The publish, the start, the report about the call, its step and the one after it.
    assert len(application.deliveries) == 5
    assert {delivery.status for delivery in application.deliveries} == {200}
    run = await runs.only()
    assert (run["workflowState"], "notes" in run) == ("RUN_SUCCESS", False)
    step = run["steps"][1]["steps"][0]
    assert (step["callUrl"], step["callResponseStatus"]) == (f"{destination.url}/third", answer.status)


async def test_the_third_party_gets_what_the_call_says_and_nothing_of_the_run(
    application: Application, destination: Destination
) -> None:
    body = {"question": "größe"}
    url = called(
        application, f"{destination.url}/third?a=1", method="PUT", body=body, headers={"X-Call": "v"}, timeout=30
    )
    await application.publish(url, X_User="uv", Authorization="Bearer mine")
    [request] = destination.requests
    assert (request.method, request.target, request.json) == ("PUT", "/third?a=1", body)
    assert (request.headers["X-Call"], request.headers["Content-Type"]) == ("v", "application/json")
    names = {name.lower() for name in request.headers}
    assert not names & {"x-user", "authorization", "upstash-workflow-runid", "upstash-workflow-sdk-version"}
    assert {"upstash-message-id", "upstash-signature"} <= names


async def test_headers_of_the_user_are_there_after_a_call(application: Application, destination: Destination) -> None:
    async def route(context: Context) -> None:
        await context.call("ask", url=destination.url)
        application.results.append(context.headers.get("x-user"))

    await application.publish(application.workflow("/call", route), X_User="uv")
    assert application.results == ["uv"]
    report = application.deliveries[2]
    assert report.headers["upstash-workflow-callback"] == "true"
    assert "upstash-workflow-sdk-version" not in report.headers


@pytest.mark.parametrize(("statuses", "final"), [((500, 503, 200), 200), ((500, 500, 503), 503), ((500, 200), 200)])
async def test_a_call_is_tried_again_and_reported_once(
    application: Application, runs: Runs, destination: Destination, statuses: tuple[int, ...], final: int
) -> None:
    destination.answers(*statuses)
    await application.publish(called(application, destination.url, retries=2))
    assert application.results == []
    await application.advance(3_600_000)
    assert application.results == [(final, "ok", final)]
    assert len(destination.requests) == len(statuses)
    assert len(application.deliveries) == 5
    assert await runs.states() == ["RUN_SUCCESS"]


async def test_a_call_that_gets_no_answer_has_status_minus_1(application: Application, runs: Runs) -> None:
    await application.publish(called(application, NOWHERE))
    assert application.results == [(-1, "", -1)]
    assert await runs.states() == ["RUN_SUCCESS"]


async def test_a_call_that_is_not_retryable_does_not_hang_the_run(
    application: Application, destination: Destination
) -> None:
    destination.answers(Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"}))
    await application.publish(called(application, destination.url, retries=3))
    assert application.results == [(489, "ok", 489)]
    assert len(destination.requests) == 1


@pytest.mark.parametrize("url", ["nowhere", "ftp://example.com"])
async def test_a_call_of_no_url_fails_the_run_in_words(application: Application, runs: Runs, url: str) -> None:
    await application.publish(called(application, url))
    await application.advance(24 * 3_600_000)
    run = await runs.only()
    assert run["workflowState"] == "RUN_FAILED"
    error = run["steps"][-1]["steps"][0]["errors"][-1]
    assert (error["status"], url in error["body"]) == (500, True)
    # The publish, and the start with its three retries.
    assert len(application.deliveries) == 1 + 4


async def test_a_report_whose_answer_was_lost_does_no_harm(
    application: Application, runs: Runs, destination: Destination
) -> None:
    application.losing = {3}
    await application.publish(called(application, destination.url))
    await application.advance(60_000)
    assert application.results == [(200, "ok", 200)]
    assert len(destination.requests) == 1
    assert await runs.states() == ["RUN_SUCCESS"]


async def test_a_workflow_calls_another_one(application: Application, runs: Runs) -> None:
    async def other(context: Context) -> None:
        application.results.append(await context.run("one", lambda: context.request_payload))

    async def route(context: Context) -> None:
        response = await context.call("ask", url=target, method="POST", body={"in": 1})
        application.results.append(response.body["workflowRunId"])

    target = application.workflow("/other", other)
    await application.publish(application.workflow("/call", route))
    ids = {run["workflowRunId"] for run in await runs.all()}
    assert {"in": 1} in application.results
    assert len(ids & {str(result) for result in application.results}) == 1
    assert await runs.states() == ["RUN_SUCCESS"] * 2


async def test_what_a_call_sent_and_got_is_in_the_raw_log(application: Application, destination: Destination) -> None:
    await application.publish(called(application, destination.url, method="POST", body="question"))
    steps = application.deliveries[3].steps
    assert [step["callType"] for step in steps] == ["step", "toCallback", "fromCallback", "step"]
    assert base64.b64decode(steps[1]["body"]) == b'"question"'
