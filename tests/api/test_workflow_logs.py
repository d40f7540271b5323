"""The log of workflow runs: every field of every kind of step, during the run and after it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from qstash_dev.protocol.failure_reason import HINTS
from qstash_dev.server import Server
from tests.api.workflow import SDK, Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

HOUR_MS = 3_600_000


def kinds(run: dict[str, Any]) -> list[str]:
    return [group["type"] for group in run["steps"]]


def only(run: dict[str, Any], at: int) -> dict[str, Any]:
    """The one step of a group."""
    [step] = run["steps"][at]["steps"]
    return dict(step)


async def test_a_run_that_has_just_begun(server: Server, workflow: Workflow, destination: Destination) -> None:
    hold = Answer(headers=SDK, hold=asyncio.Event())
    destination.answers(hold, path="/workflow")
    receipt = await workflow.trigger(Upstash_Label="l1,l2", Upstash_Retries="1", Upstash_Retry_Delay="1000")
    await destination.received(1)
    run = await workflow.run()
    assert hold.hold is not None
    hold.hold.set()
    await server.idle()
    assert run == {
        "workflowRunId": "wfr_1",
        "workflowUrl": workflow.url,
        "workflowState": "RUN_STARTED",
        "workflowRunCreatedAt": NOON_MS,
        "workflowRunCallerIp": "127.0.0.1",
        "label": "l1",
        "labels": ["l1", "l2"],
        "steps": [
            {
                "type": "sequential",
                "steps": [
                    {
                        "stepName": "init",
                        "stepType": "Initial",
                        "callType": "step",
                        "messageId": receipt["messageId"],
                        "concurrent": 1,
                        "createdAt": NOON_MS,
                        "state": "STEP_SUCCESS",
                        "retries": 1,
                        "retryDelay": "1000",
                        "headers": {
                            "Content-Type": ["application/json"],
                            "X-User": ["uv"],
                            "Upstash-Workflow-Sdk-Version": ["1"],
                        },
                        "out": '{"name":"bob"}',
                    }
                ],
            },
            {
                "type": "next",
                "steps": [
                    {
                        "messageId": receipt["messageId"],
                        "state": "STEP_PROGRESS",
                        "retries": 1,
                        "retryDelay": "1000",
                    }
                ],
            },
        ],
    }


async def test_a_run_that_is_done(server: Server, workflow: Workflow) -> None:
    await workflow.trigger()
    await workflow.step("wfr_1", 1, {"out": '{"a":"ü"}'})
    await workflow.step("wfr_1", 2, {"out": None})
    await server.idle()
    await server.advance(5)
    await workflow.end("wfr_1", '{"r":1}')
    run = await workflow.run()
    assert kinds(run) == ["sequential"] * 3
    assert (run["workflowState"], run["workflowRunCompletedAt"]) == ("RUN_SUCCESS", NOON_MS + 5)
    assert run["workflowRunResponse"] == '{"r":1}'
    first = only(run, 1)
    assert (first["stepId"], first["stepName"], first["stepType"], first["state"]) == (
        1,
        "step-1",
        "Run",
        "STEP_SUCCESS",
    )
    assert first["out"] == '{"a":"ü"}'
    assert "out" not in only(run, 2)


async def test_a_sleep_shows_when_it_will_end(server: Server, workflow: Workflow) -> None:
    await workflow.trigger()
    await server.idle()
    await workflow.step("wfr_1", 1, {"stepType": "SleepFor", "sleepFor": 3_600}, Upstash_Delay="1h")
    run = await workflow.run()
    assert only(run, 1)["sleepFor"] == 3_600
    assert only(run, 2)["nextDeliveryTime"] == NOON_MS + HOUR_MS
    await server.advance(HOUR_MS)
    assert kinds(await workflow.run()) == ["sequential", "sequential"]
    until = NOON_MS // 1_000 + 7_200.5
    await workflow.step(
        "wfr_1", 2, {"stepType": "SleepUntil", "sleepUntil": until}, Upstash_Not_Before=str(int(until))
    )
    assert only(await workflow.run(), 2)["sleepUntil"] == until


async def test_a_call_on_its_way_and_done(server: Server, workflow: Workflow, destination: Destination) -> None:
    hold = Answer(status=201, body="größe".encode(), headers={"X-Third": "tv"}, hold=asyncio.Event())
    destination.answers(hold, path="/third")
    await workflow.trigger()
    await server.idle()
    call = await workflow.call("wfr_1", 1, f"{destination.url}/third")
    await destination.received(2)
    step = only(await workflow.run(), 1)
    assert (step["stepId"], step["stepName"], step["stepType"], step["state"]) == (
        1,
        "step-1",
        "Call",
        "STEP_PROGRESS",
    )
    assert (step["callUrl"], step["callMethod"], step["callBody"]) == (f"{destination.url}/third", "PUT", "question")
    assert (step["callHeaders"], step["messageId"]) == ({"X-Call": ["v"]}, call["messageId"])
    assert "callResponseStatus" not in step
    assert hold.hold is not None
    hold.hold.set()
    await server.idle()
    await workflow.step("wfr_1", 1, {"stepType": "Call", "out": '{"status":201}'})
    await server.idle()
    run = await workflow.run()
    assert kinds(run) == ["sequential", "sequential"]
    step = only(run, 1)
    assert (step["state"], step["out"], step["callResponseStatus"]) == ("STEP_SUCCESS", '{"status":201}', 201)
    assert (step["callResponseBody"], step["callResponseHeaders"]["X-Third"]) == ("größe", ["tv"])


async def test_a_call_that_failed_shows_its_errors(
    server: Server, workflow: Workflow, destination: Destination
) -> None:
    destination.answers(Answer(status=503, body=b"no"), path="/third")
    await workflow.trigger()
    await workflow.call("wfr_1", 1, f"{destination.url}/third", Upstash_Retries="1", Upstash_Retry_Delay="1000")
    await server.idle()
    step = only(await workflow.run(), 1)
    assert (step["state"], len(step["errors"])) == ("STEP_RETRY", 1)
    await server.advance(1_000)
    step = only(await workflow.run(), 1)
    assert (step["state"], step["callResponseStatus"]) == ("STEP_FAILED", 503)
    assert [error["error"] for error in step["errors"]] == ["503 Service Unavailable"] * 2


async def test_a_wait_while_it_waits_and_when_it_is_over(server: Server, client: Client, workflow: Workflow) -> None:
    await workflow.trigger()
    await workflow.wait("wfr_1", 1, "event", "1h")
    await server.idle()
    run = await workflow.run()
    assert kinds(run) == ["sequential", "sequential"]
    step = only(run, 1)
    assert (step["stepName"], step["stepType"], step["state"], "out" in step) == (
        "wait-1",
        "Wait",
        "STEP_PROGRESS",
        False,
    )
    extras = {name: value for name, value in step.items() if name.startswith("wait")}
    assert extras == {
        "waitEventId": "event",
        "waitTimeoutDuration": "1h",
        "waitTimeoutDeadline": NOON_MS + HOUR_MS,
        "waitTimeout": False,
    }
    await client.call("POST", "/v2/notify/event", data="data")
    await server.idle()
    step = only(await workflow.run(), 1)
    assert (step["state"], base64.b64decode(step["out"])) == ("STEP_SUCCESS", b"data")
    assert (step["waitEventId"], step["waitTimeoutDuration"], step["waitTimeout"]) == ("event", "1h", False)
    await workflow.wait("wfr_1", 2, "other", "10s")
    await server.advance(10_000)
    step = only(await workflow.run(), 2)
    assert (step["waitTimeout"], "out" in step) == (True, False)


async def test_the_branches_of_a_group_are_rows_of_one(server: Server, workflow: Workflow) -> None:
    await workflow.trigger()
    for target in (3, 1, 2):
        await workflow.plan("wfr_1", target, 3, Upstash_Delay="1h" if target == 3 else "0s")
    await workflow.step("wfr_1", 2, {"concurrent": 3})
    await server.idle()
    run = await workflow.run()
    assert kinds(run) == ["sequential", "parallel"]
    rows = run["steps"][1]["steps"]
    assert [row["stepId"] for row in rows] == [1, 2, 3]
    assert [row["state"] for row in rows] == ["STEP_PROGRESS", "STEP_SUCCESS", "STEP_PROGRESS"]
    assert ["out" in row for row in rows] == [False, True, False]
    assert {row["concurrent"] for row in rows} == {3}


async def test_two_groups_one_after_the_other_are_two(server: Server, workflow: Workflow) -> None:
    await workflow.trigger()
    for target in (1, 2, 4, 5):
        await workflow.plan("wfr_1", target, 2)
        await workflow.step("wfr_1", target, {"concurrent": 2})
    await workflow.step("wfr_1", 3)
    await server.idle()
    run = await workflow.run()
    assert kinds(run) == ["sequential", "parallel", "sequential", "parallel"]
    assert [[row.get("stepId") for row in group["steps"]] for group in run["steps"]] == [[None], [1, 2], [3], [4, 5]]


async def test_a_failing_branch_shows_in_its_group_and_not_as_next(
    server: Server, workflow: Workflow, destination: Destination
) -> None:
    await workflow.trigger()
    await server.idle()
    destination.answers(Answer(status=500, body=b'{"error":"Error"}'), path="/workflow")
    await workflow.plan("wfr_1", 1, 2)
    await server.idle()
    run = await workflow.run()
    assert kinds(run) == ["sequential", "parallel"]
    row = only(run, 1)
    assert row["state"] == "STEP_RETRY"
    [error] = row["errors"]
    assert (error["error"], error["status"], error["body"]) == ("500 Internal Server Error", 500, '{"error":"Error"}')
    assert error["time"] == NOON_MS


async def test_a_step_that_is_tried_again_is_next(
    server: Server, workflow: Workflow, destination: Destination
) -> None:
    headers = {"Upstash-Error-Step-Name": "boom"}
    destination.answers(Answer(headers=SDK), Answer(status=500, headers=headers), path="/workflow")
    await workflow.trigger(Upstash_Retries="1", Upstash_Retry_Delay="5000")
    await server.idle()
    step = await workflow.step("wfr_1", 1)
    await server.idle()
    run = await workflow.run()
    assert kinds(run) == ["sequential", "sequential", "next"]
    pending = only(run, 2)
    errors = pending.pop("errors")
    assert pending == {
        "messageId": step["messageId"],
        "state": "STEP_RETRY",
        "retries": 1,
        "retryDelay": "5000",
        "nextDeliveryTime": NOON_MS + 5_000,
        "stepName": "boom",
    }
    assert [error["headers"]["Upstash-Error-Step-Name"] for error in errors] == [["boom"]]
    await server.advance(5_000)
    run = await workflow.run()
    assert (run["workflowState"], only(run, 2)["state"], len(only(run, 2)["errors"])) == (
        "RUN_FAILED",
        "STEP_FAILED",
        2,
    )


@pytest.mark.parametrize(
    ("answer", "state", "shown"),
    [
        (Answer(body=b'{"result":"handled"}'), "CALLBACK_SUCCESS", (200, '{"result":"handled"}')),
        (
            Answer(status=489, body=b"no", headers={"Upstash-NonRetryable-Error": "true"}),
            "CALLBACK_FAIL",
            (489, "no"),
        ),
        (Answer(status=500), "CALLBACK_INPROGRESS", None),
    ],
)
async def test_a_failure_function_shows_what_it_was_told_and_answered(
    server: Server,
    workflow: Workflow,
    destination: Destination,
    answer: Answer,
    state: str,
    shown: tuple[int, str] | None,
) -> None:
    failing = {"Upstash-NonRetryable-Error": "true", "X-Why": "because"}
    destination.answers(Answer(status=489, body=b'{"message":"kaboom"}', headers=failing), path="/workflow")
    destination.answers(answer, path="/failed")
    await workflow.trigger(Upstash_Failure_Callback=f"{destination.url}/failed", Upstash_Failure_Callback_Retries="2")
    await server.idle()
    run = await workflow.run()
    function = run["failureFunction"]
    assert (function["url"], function["state"], function["maxRetries"]) == (f"{destination.url}/failed", state, 2)
    assert (function["failStatus"], function["failResponse"]) == (489, '{"message":"kaboom"}')
    assert function["failHeaders"]["X-Why"] == ["because"]
    assert function["dlqId"] == run["dlqId"]
    assert function["messageId"].startswith("msg_")
    if shown is None:
        assert (len(function["errors"]), function["nextDeliveryTime"]) == (1, NOON_MS + 12_000)
    assert (function.get("responseStatus"), function.get("responseBody")) == (shown or (None, None))


async def test_an_endpoint_without_a_failure_function_has_none_in_the_log(
    server: Server, workflow: Workflow, destination: Destination
) -> None:
    failing = Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"})
    missing = Answer(headers={"Upstash-Workflow-Failure-Callback-Notfound": "true"})
    destination.answers(failing, missing, path="/workflow")
    await workflow.trigger(Upstash_Failure_Callback=workflow.url)
    await server.idle()
    run = await workflow.run()
    assert "failureFunction" not in run
    assert [note["text"] for note in run["notes"]] == [
        f"the run failed: HTTP status 489 ({HINTS[489]})",
        f"{workflow.url} has no failureFunction: nothing ran when this run failed",
    ]


@pytest.mark.parametrize("fields", [{"sleepFor": [1]}, {"sleepUntil": {}}, {"out": [1]}, {"waitEventId": 1}])
async def test_odd_steps_do_not_spoil_the_log(workflow: Workflow, fields: dict[str, Any]) -> None:
    await workflow.trigger()
    await workflow.step("wfr_1", 1, fields)
    run = await workflow.run()
    assert only(run, 1)["stepId"] == 1


async def test_numbers_that_are_none_do_not_spoil_the_log(workflow: Workflow) -> None:
    await workflow.trigger()
    body = '{"stepId":1,"stepName":"a","stepType":"SleepFor","sleepFor":NaN,"sleepUntil":Infinity}'
    await workflow.one(workflow.headers("wfr_1"), body)
    assert "sleepFor" not in only(await workflow.run(), 1)


async def test_a_payload_that_is_not_utf_8_shows_as_far_as_it_goes(client: Client, workflow: Workflow) -> None:
    await client.call("POST", f"/v2/publish/{workflow.url}", data=b"a\xff", headers=workflow.headers("wfr_1", "true"))
    assert only(await workflow.run(), 0)["out"] == "a\ufffd"


async def test_what_a_run_hides_is_hidden_in_its_log_but_not_from_its_endpoint(
    server: Server, workflow: Workflow, destination: Destination
) -> None:
    await workflow.trigger(Upstash_Redact_Fields="body,header[X-User]")
    await workflow.step("wfr_1", 1, {"out": '"secret"'})
    await workflow.call("wfr_1", 2, f"{destination.url}/third", "secret")
    await server.idle()
    shown = json.dumps(await workflow.run())
    assert "bob" not in shown
    assert "secret" not in shown
    assert '"uv"' not in shown
    assert shown.count("REDACTED:") >= 6
    delivered = {request.target: request for request in destination.requests}
    assert delivered["/third"].body == b"secret"
    assert delivered["/workflow"].headers["X-User"] == "uv"
    assert b"c2VjcmV0" in b"".join(request.body for request in destination.requests)
