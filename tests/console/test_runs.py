"""``GET /_dev/runs``: the list of workflow runs, and one run with the times of its steps and what it waits for."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.workflow import NON_RETRYABLE, SDK, Workflow
from tests.conftest import NOON_MS, Client
from tests.console.conftest import Reader
from tests.destination import Answer, Destination


@pytest.fixture
def workflow(client: Client, destination: Destination) -> Workflow:
    destination.answers(Answer(headers=SDK), path="/workflow")
    return Workflow(client, f"{destination.url}/workflow")


async def runs(reader: Reader, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await reader.get(f"runs{query}"))["runs"]
    return found


async def steps(reader: Reader, id: str = "wfr_1") -> list[dict[str, Any]]:
    """All steps of a run, groups flattened."""
    detail = await reader.get(f"runs/{id}")
    return [step for group in detail["run"]["steps"] for step in group["steps"]]


def when(step: dict[str, Any]) -> tuple[str, int, int | None, int | None]:
    """The phase of a step, and its times in milliseconds since noon."""
    times = [step.get(name) for name in ("begunAt", "endedAt", "dueAt")]
    begun, ended, due = (None if time is None else time - NOON_MS for time in times)
    assert begun is not None
    return step["phase"], begun, ended, due


async def test_a_row_has_what_a_list_shows(server: Server, workflow: Workflow, reader: Reader) -> None:
    await workflow.trigger(Upstash_Label="blue", Upstash_Forward_Upstash_Label="blue")
    await server.idle()
    await workflow.step("wfr_1", 1)
    await workflow.step("wfr_1", 2, {"stepType": "SleepFor", "sleepFor": 60}, Upstash_Delay="60s")
    await server.idle()
    [row] = await runs(reader)
    [wait] = row.pop("waits")
    assert (wait["kind"], wait["stepName"], wait["dueAt"]) == ("sleep", "step-2", NOON_MS + 60_000)
    assert row == {
        "workflowRunId": "wfr_1",
        "createdAt": NOON_MS,
        "url": workflow.url,
        "state": "RUN_STARTED",
        "steps": 1,
        "labels": ["blue"],
    }
    await server.advance(60_000)
    await workflow.end("wfr_1", '"done"')
    [row] = await runs(reader)
    assert (row["state"], row["completedAt"], row["steps"]) == ("RUN_SUCCESS", NOON_MS + 60_000, 2)


async def test_the_newest_comes_first_page_by_page(workflow: Workflow, reader: Reader) -> None:
    for number in range(5):
        await workflow.trigger(f"wfr_{number}")
    page = await reader.get("runs?count=3")
    rest = await reader.get(f"runs?count=3&cursor={page['cursor']}")
    assert [run["workflowRunId"] for run in page["runs"] + rest["runs"]] == [f"wfr_{n}" for n in (4, 3, 2, 1, 0)]
    assert page["total"] == 5
    assert "cursor" not in rest


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=RUN_FAILED", ["wfr_dead"]),
        ("state=RUN_STARTED,RUN_FAILED", ["wfr_waits", "wfr_dead"]),
        ("search=PACKED", ["wfr_waits"]),
        ("search=status 489", ["wfr_dead"]),
        ("search=/workflow", ["wfr_waits", "wfr_dead"]),
        ("label=red", ["wfr_dead"]),
        ("search=nobody has this", []),
    ],
)
async def test_runs_are_found(
    server: Server, workflow: Workflow, reader: Reader, destination: Destination, query: str, found: list[str]
) -> None:
    destination.answers(Answer(status=489, headers=NON_RETRYABLE), Answer(headers=SDK), path="/workflow")
    await workflow.trigger("wfr_dead", Upstash_Label="red")
    await server.idle()
    await workflow.trigger("wfr_waits")
    await workflow.wait("wfr_waits", 1, "packed")
    await server.idle()
    assert [run["workflowRunId"] for run in await runs(reader, f"?{query}")] == found


async def test_an_id_used_again_leads_to_both_runs(server: Server, workflow: Workflow, reader: Reader) -> None:
    await workflow.trigger(body='{"n":1}')
    await workflow.end("wfr_1")
    await server.advance(1_000)
    await workflow.trigger(body='{"n":2}')
    newer, older = await runs(reader)
    assert ("older" in newer, older["older"]) == (False, True)
    assert (await reader.get("runs/wfr_1"))["payload"]["body"] == '{"n":2}'
    assert (await reader.get(f"runs/wfr_1?createdAt={older['createdAt']}"))["payload"]["body"] == '{"n":1}'


async def test_steps_have_the_times_of_their_own(server: Server, workflow: Workflow, reader: Reader) -> None:
    await workflow.trigger()
    await server.idle()
    await workflow.step("wfr_1", 1)
    await server.idle()
    await workflow.step("wfr_1", 2, {"stepType": "SleepFor", "sleepFor": 60}, Upstash_Delay="60s")
    assert [when(step) for step in await steps(reader)] == [
        ("done", 0, 0, None),
        ("done", 0, 0, None),
        ("sleeping", 0, None, 60_000),
    ]
    await server.advance(90_000)
    assert when((await steps(reader))[-1]) == ("done", 0, 60_000, None)
    await workflow.wait("wfr_1", 3, "packed", "1h")
    assert when((await steps(reader))[-1]) == ("waiting", 90_000, None, 90_000 + 3_600_000)
    await server.advance(10_000)
    await workflow.client.call("POST", "/v2/notify/packed", data=b"{}")
    await server.idle()
    [*_, woken] = await steps(reader)
    assert when(woken) == ("done", 60_000, 100_000, None)


async def test_a_step_that_is_tried_again_tells_of_each_attempt(
    server: Server, workflow: Workflow, reader: Reader, destination: Destination
) -> None:
    destination.answers(Answer(status=500, body=b"not yet"), Answer(headers=SDK), path="/workflow")
    await workflow.trigger(Upstash_Retry_Delay="5000")
    await server.idle()
    [_, step] = await steps(reader)
    assert when(step) == ("retrying", 0, None, 5_000)
    [attempt] = step["attempts"]
    assert {name: attempt[name] for name in ("number", "time", "status", "error", "body")} == {
        "number": 1,
        "time": NOON_MS,
        "status": 500,
        "error": "HTTP status 500",
        "body": "not yet",
    }
    [wait] = (await reader.get("runs/wfr_1"))["waits"]
    assert (wait["kind"], wait["dueAt"], wait["messageId"]) == ("retry", NOON_MS + 5_000, step["triedIn"])
    await server.advance(5_000)
    await workflow.step("wfr_1", 1)
    [_, step, *_] = await steps(reader)
    assert (step["phase"], [one["status"] for one in step["attempts"]]) == ("done", [500, 200])


async def test_branches_of_a_group_go_on_beside_each_other(
    server: Server, workflow: Workflow, reader: Reader, destination: Destination
) -> None:
    destination.answers(500, path="/third")
    await workflow.trigger()
    await server.idle()
    await workflow.plan("wfr_1", 1, 3)
    await workflow.plan("wfr_1", 2, 3)
    await workflow.plan("wfr_1", 3, 3)
    await server.idle()
    await workflow.step("wfr_1", 1, {"concurrent": 3})
    await workflow.call("wfr_1", 2, f"{destination.url}/third", Upstash_Retries="1", Upstash_Retry_Delay="9000")
    await workflow.wait("wfr_1", 3, "packed", concurrent=3, targetStep=3)
    await server.idle()
    detail = await reader.get("runs/wfr_1")
    assert [group["type"] for group in detail["run"]["steps"]] == ["sequential", "parallel"]
    group = detail["run"]["steps"][1]["steps"]
    assert [(step["phase"], step.get("dueAt", 0) - NOON_MS) for step in group[1:]] == [
        ("retrying", 9_000),
        ("waiting", 20_000),
    ]
    assert group[0]["phase"] == "done"
    assert [wait["kind"] for wait in detail["waits"]] == ["call", "event"]


async def test_a_failed_run_says_what_failed_and_whether_it_can_be_resumed(
    server: Server, workflow: Workflow, reader: Reader, destination: Destination
) -> None:
    headers = NON_RETRYABLE | {"Upstash-Error-Step-Name": "parse"}
    destination.answers(Answer(status=489, body=b'{"message":"row 8"}', headers=headers), path="/workflow")
    await workflow.trigger()
    await server.idle()
    detail = await reader.get("runs/wfr_1")
    assert detail["inDeadLetterQueue"]
    assert detail["waits"] == []
    [_, step] = await steps(reader)
    assert (step["stepName"], step["phase"], step["attempts"][0]["body"]) == (
        "parse",
        "failed",
        '{"message":"row 8"}',
    )
    await workflow.client.call("DELETE", f"/v2/workflows/dlq/{detail['run']['dlqId']}")
    assert not (await reader.get("runs/wfr_1"))["inDeadLetterQueue"]


async def test_what_a_cancelled_run_waited_for_is_cancelled(
    server: Server, workflow: Workflow, reader: Reader
) -> None:
    await workflow.trigger()
    await server.idle()
    await workflow.step("wfr_1", 1, {"stepType": "SleepFor", "sleepFor": 60}, Upstash_Delay="60s")
    await server.advance(10_000)
    await workflow.end("wfr_1", cancel="true")
    assert when((await steps(reader))[-1]) == ("cancelled", 0, 10_000, None)
    assert (await reader.get("runs/wfr_1"))["waits"] == []


async def test_runs_that_invoke_each_other_name_each_other(
    server: Server, workflow: Workflow, reader: Reader, destination: Destination
) -> None:
    destination.answers(Answer(headers=SDK), path="/workflow/child")
    parent = await workflow.trigger()
    await server.idle()
    await workflow.invoke(parent, 1)
    await server.idle()
    detail = await reader.get("runs/wfr_1")
    child = {"workflowRunId": "wfr_child", "url": workflow.url, "state": "RUN_STARTED", "stepName": "invoke-1"}
    assert detail["children"] == [child]
    [wait] = detail["waits"]
    assert (wait["kind"], wait["workflowRunId"], wait["url"]) == ("invoke", "wfr_child", workflow.url)
    assert when((await steps(reader))[-1]) == ("invoking", 0, None, None)
    invoked = await reader.get("runs/wfr_child")
    assert (invoked["run"]["invoker"]["workflowRunId"], invoked["parentState"]) == ("wfr_1", "RUN_STARTED")
    assert (await runs(reader))[0]["invokedBy"] == "wfr_1"


async def test_a_webhook_says_where_it_is_called(server: Server, workflow: Workflow, reader: Reader) -> None:
    await workflow.trigger()
    await server.idle()
    await workflow.wait("wfr_1", 1, "evt_1", stepType="WaitForWebhook")
    [wait] = (await reader.get("runs/wfr_1"))["waits"]
    assert wait["kind"] == "webhook"
    status, _ = await workflow.client.call("POST", f"/{wait['hook']}", data=b"hello")
    assert status == 200
    await server.idle()
    assert (await steps(reader))[-1]["phase"] == "done"


async def test_a_start_that_is_delayed_is_waited_for(workflow: Workflow, reader: Reader) -> None:
    await workflow.trigger(Upstash_Delay="30s")
    detail = await reader.get("runs/wfr_1")
    [wait] = detail["waits"]
    assert (wait["kind"], wait["dueAt"]) == ("delay", NOON_MS + 30_000)


async def test_bodies_are_cut_unless_more_of_them_is_wanted(workflow: Workflow, reader: Reader) -> None:
    await workflow.trigger(body='"' + "x" * 100_000 + '"')
    assert (await reader.get("runs/wfr_1"))["payload"]["truncated"]
    whole = (await reader.get("runs/wfr_1?trimBody=200000"))["payload"]
    assert len(whole["body"]) == whole["bodySize"] == 100_002


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("runs/wfr_none", 404, "wfr_none"),
        ("runs?state=RUN_LOST", 400, "state"),
        ("runs?count=0", 400, "count"),
        ("runs?user=nobody", 404, "nobody"),
    ],
)
async def test_what_is_wrong_is_named(reader: Reader, path: str, status: int, named: str) -> None:
    found, answer = await reader.call("GET", path)
    assert found == status
    assert named in answer["error"]


async def test_each_user_has_runs_of_their_own(workflow: Workflow, reader: Reader) -> None:
    await workflow.trigger()
    assert await runs(reader, f"?user={USERS[1].id}") == []
    assert (await reader.get("runs/wfr_1"))["user"] == USERS[0].id
    assert (await reader.get(f"runs/wfr_1?user={USERS[0].id}"))["user"] == USERS[0].id
    assert (await reader.call("GET", f"runs/wfr_1?user={USERS[1].id}"))[0] == 404
