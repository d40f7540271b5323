"""Failing workflows of the Python SDK: retries, failure functions, recovery, cancellation and signatures."""

from __future__ import annotations

from typing import Any

import pytest
from qstash import AsyncQStash

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import Client
from tests.destination import Destination
from tests.workflow.conftest import Application, Context, Runs

DAY_MS = 86_400_000
DLQ = "/v2/workflows/dlq"
STARTED = {
    "Upstash_Workflow_Init": "true",
    "Upstash_Workflow_RunId": "wfr_1",
    "Upstash_Forward_Upstash_Workflow_Sdk_Version": "1",
}


class Fuse:
    """Blows while it is on; ``blown`` counts how often."""

    def __init__(self) -> None:
        self.on = True
        self.blown = 0

    def __call__(self) -> str:
        if self.on:
            self.blown += 1
            raise RuntimeError("kaboom größe")
        return "fine"


def failing(application: Application, fuse: Fuse, **options: Any) -> str:
    """Serve a workflow whose second step blows the fuse."""

    async def route(context: Context) -> None:
        one = await context.run("one", lambda: "one")
        two = await context.run("boom", fuse)
        application.results.append((one, two, context.request_payload))

    return application.workflow("/failing", route, **options)


def listener(application: Application) -> Any:
    """A failure function that leaves what it is told with the results."""

    async def told(context: Context, status: int, text: str, headers: dict[str, str]) -> None:
        user = context.headers.get("x-user")
        application.results.append((context.workflow_run_id, context.request_payload, user, status, text))

    return told


async def test_a_step_is_tried_again_until_it_succeeds(application: Application, runs: Runs) -> None:
    fuse = Fuse()
    await application.publish(failing(application, fuse), "payload")
    assert fuse.blown == 1
    await application.advance(12_000)
    assert fuse.blown == 2
    fuse.on = False
    await application.advance(DAY_MS)
    assert application.results == [("one", "fine", "payload")]
    retried = [delivery.headers["upstash-retried"] for delivery in application.deliveries]
    assert retried == ["0", "0", "0", "1", "2", "0"]
    statuses = [delivery.status for delivery in application.deliveries]
    assert statuses == [200, 200, 500, 500, 200, 200]
    assert await runs.states() == ["RUN_SUCCESS"]


@pytest.mark.parametrize(("retries", "attempts"), [(None, 4), (0, 1), (2, 3)])
async def test_a_run_fails_when_no_retry_is_left(
    application: Application, runs: Runs, retries: int | None, attempts: int
) -> None:
    fuse = Fuse()
    await application.publish(failing(application, fuse, retries=retries))
    await application.advance(DAY_MS)
    assert fuse.blown == attempts
    # The publish, the start, and the tries of the step.
    assert len(application.deliveries) == 2 + attempts
    run = await runs.only()
    assert run["workflowState"] == "RUN_FAILED"
    errors = run["steps"][-1]["steps"][0]["errors"]
    assert [error["error"] for error in errors] == ["500 Internal Server Error"] * attempts
    assert "no program was told of it" in run["notes"][-1]["text"]
    assert len(await runs.letters()) == 1


async def test_a_failure_function_is_told(application: Application, runs: Runs) -> None:
    fuse = Fuse()
    url = failing(application, fuse, retries=0, failure_function=listener(application))
    await application.publish(url, '{"p": 1}', X_User="uv")
    run = await runs.only()
    assert application.results == [(run["workflowRunId"], {"p": 1}, "uv", 500, "kaboom größe")]
    assert run["failureFunction"]["state"] == "CALLBACK_SUCCESS"
    assert run["failureFunction"]["url"] == url
    assert run["failureFunction"]["responseStatus"] == 200
    # The publish, the start, the step that fails, and the failure function.
    assert [delivery.status for delivery in application.deliveries] == [200, 200, 500, 200]
    [letter] = await runs.letters()
    assert (letter["failureFunctionState"], letter["body"]) == ("CALLBACK_SUCCESS", '{"p": 1}')


async def test_a_failure_of_the_start_is_told_as_well(application: Application) -> None:
    fuse = Fuse()

    async def route(context: Context) -> None:
        await context.run("boom", fuse)

    url = application.workflow("/start", route, retries=0, failure_function=listener(application))
    await application.publish(url, "payload")
    assert [entry[1:] for entry in application.results] == [("payload", None, 500, "kaboom größe")]


async def test_a_failure_url_is_told(application: Application, destination: Destination) -> None:
    await application.publish(failing(application, Fuse(), retries=0, failure_url=f"{destination.url}/failed"))
    [request] = destination.requests
    assert request.target == "/failed"
    assert (request.json["status"], request.headers["Upstash-Workflow-Is-Failure"]) == (500, "true")


async def test_a_failure_function_that_fails_is_tried_again_and_can_be_told_later(
    client: Client, application: Application, runs: Runs
) -> None:
    listening = Fuse()

    async def deaf(*_: Any) -> None:
        application.results.append(listening())

    await application.publish(failing(application, Fuse(), retries=0, failure_function=deaf))
    run = await runs.only()
    # The setting of the workflow counts for its failure function too.
    assert (run["failureFunction"]["state"], run["failureFunction"]["maxRetries"]) == ("CALLBACK_FAIL", 0)
    assert "the failure callback to" in run["notes"][-1]["text"]
    listening.on = False
    assert (await client.call("POST", f"{DLQ}/callback/{run['dlqId']}"))[0] == 200
    await application.rest()
    assert application.results == ["fine"]
    assert (await runs.only())["failureFunction"]["state"] == "CALLBACK_SUCCESS"


@pytest.mark.parametrize(("fault", "status"), [({"status": 503}, 503), ({"error": "refused"}, -1)])
async def test_a_failure_in_front_of_the_application_is_told_as_well(
    client: Client, application: Application, runs: Runs, fault: dict[str, Any], status: int
) -> None:
    async def route(context: Context) -> None:
        await context.sleep("nap", 60)

    url = application.workflow("/front", route, retries=0, failure_function=listener(application))
    await application.publish(url)
    await client.call("POST", "/_dev/faults", json={"match": url, "times": 1} | fault)
    await application.advance(60_000)
    run = await runs.only()
    assert application.results == [(run["workflowRunId"], None, None, status, None)]
    assert (run["failureFunction"]["state"], run["failureFunction"]["failStatus"]) == (
        "CALLBACK_SUCCESS",
        max(status, 0),
    )


@pytest.mark.parametrize(("verb", "again"), [("resume", ["one"]), ("restart", ["one", "one"])])
async def test_a_failed_run_gets_another_chance(
    client: Client, application: Application, runs: Runs, verb: str, again: list[str]
) -> None:
    ran: list[str] = []
    fuse = Fuse()

    async def route(context: Context) -> None:
        one = await context.run("one", lambda: ran.append("one") or "one")
        two = await context.run("boom", fuse)
        application.results.append((one, two, context.request_payload, context.headers.get("x-user")))

    await application.publish(application.workflow("/again", route, retries=0), "payload", X_User="uv")
    [letter] = await runs.letters()
    fuse.on = False
    before = len(application.deliveries)
    status, named = await client.call("POST", f"{DLQ}/{verb}/{letter['dlqId']}")
    await application.rest()
    assert status == 200
    assert ran == again
    assert application.results == [("one", "fine", "payload", "uv")]
    assert len(application.deliveries) - before == (2 if verb == "resume" else 3)
    latest, first = await runs.all()
    assert (latest["workflowRunId"], latest["workflowState"]) == (named["workflowRunId"], "RUN_SUCCESS")
    assert first["workflowState"] == "RUN_FAILED"
    assert await runs.letters() == []


async def test_a_run_that_is_cancelled_while_it_sleeps_never_wakes(
    client: Client, application: Application, runs: Runs
) -> None:
    async def route(context: Context) -> None:
        await context.sleep("nap", "1d")
        application.results.append("woke")

    await application.publish(application.workflow("/nap", route))
    run = await runs.only()
    assert await client.call("DELETE", f"/v2/workflows/runs/{run['workflowRunId']}") == (200, {"cancelled": 1})
    await application.advance(7 * DAY_MS)
    assert application.results == []
    assert len(application.deliveries) == 2
    assert await runs.states() == ["RUN_CANCELED"]


async def test_a_step_that_runs_while_its_run_is_cancelled_comes_to_nothing(
    client: Client, application: Application, runs: Runs
) -> None:
    async def route(context: Context) -> None:
        async def cancel() -> None:
            status, _ = await client.call("DELETE", f"/v2/workflows/runs/{context.workflow_run_id}")
            assert status == 200

        await context.run("one", cancel)
        application.results.append("went on")

    await application.publish(application.workflow("/cancelled", route))
    await application.advance(DAY_MS)
    assert application.results == []
    # The Python SDK answers 500 when its step is refused; nobody tries that again.
    assert [delivery.status for delivery in application.deliveries] == [200, 500]
    run = await runs.only()
    assert (run["workflowState"], await runs.letters()) == ("RUN_CANCELED", [])
    assert "a step was submitted to a run that had ended as RUN_CANCELED" in run["notes"][-1]["text"]


async def test_keys_that_are_rotated_once_still_verify_and_twice_do_not(
    client: Client, application: Application, runs: Runs
) -> None:
    async def route(context: Context) -> None:
        await context.run("one", lambda: "one")
        await context.sleep("first", 60)
        await context.sleep("second", 60)
        application.results.append("done")

    await application.publish(application.workflow("/keys", route, retries=0))
    await client.call("POST", "/v2/keys/rotate")
    await application.advance(60_000)
    assert [delivery.status for delivery in application.deliveries] == [200] * 4
    await client.call("POST", "/v2/keys/rotate")
    await application.advance(60_000)
    run = await runs.only()
    assert run["workflowState"] == "RUN_FAILED"
    assert "QSTASH_CURRENT_SIGNING_KEY" in run["notes"][0]["text"]
    assert application.results == []


async def test_another_users_messages_are_refused(
    server: Server, client: Client, application: Application, runs: Runs
) -> None:
    url = failing(application, Fuse())
    other = Client(client.session, client.url, USERS[1].token)
    await other.publish(url, Upstash_Retries="0")
    await application.rest()
    assert [delivery.status for delivery in application.deliveries] == [500]
    assert await runs.all() == []
    assert len((await other.get("/v2/dlq"))["messages"]) == 1


async def test_a_route_that_returns_before_its_first_step_is_explained(application: Application, runs: Runs) -> None:
    allowed = [True]

    async def route(context: Context) -> None:
        if not allowed[0]:
            return
        await context.run("one", lambda: allowed.clear() or allowed.append(False))

    await application.publish(application.workflow("/auth", route, retries=0))
    run = await runs.only()
    assert run["workflowState"] == "RUN_FAILED"
    assert "the route returned or threw before its first step" in run["notes"][0]["text"]


async def test_the_rest_trigger_is_not_for_the_python_sdk(
    client: Client, application: Application, runs: Runs
) -> None:
    """It does not say its version, so the server cannot know that it would be understood."""
    status, _ = await client.call("POST", f"/v2/trigger/{failing(application, Fuse())}")
    await application.rest()
    assert status == 200
    run = await runs.only()
    assert run["workflowState"] == "RUN_FAILED"
    assert "trigger rest api is only usable with sdk versions after v1.0.0" in run["notes"][0]["text"]


@pytest.mark.parametrize(
    ("token", "told"),
    [("nonsense", "belongs to no user of this server"), (USERS[1].token, "is that of testUser1")],
)
async def test_an_application_with_a_wrong_token_is_told_so(
    application: Application, runs: Runs, client: Client, token: str, told: str
) -> None:
    async def route(context: Context) -> None:
        await context.run("one", lambda: "one")

    application.qstash = AsyncQStash(token, base_url=application.server.url, retry=False)
    await client.publish(application.workflow("/token", route), **STARTED)
    await application.rest()
    [run] = await runs.all()
    note = run["notes"][-1]
    assert note["kind"] == "step-refused"
    assert f"refused by this server ({401 if told.endswith('server') else 400})" in note["text"]
    assert f"the app's QSTASH_TOKEN {told}; the run belongs to defaultUser" in note["text"]


async def test_an_error_of_a_step_is_quoted(application: Application, runs: Runs) -> None:
    await application.publish(failing(application, Fuse()), "payload")
    await application.advance(DAY_MS)
    [note, *_] = (await runs.only())["notes"]
    assert note["text"] == "the run failed: the step after one failed after 4 attempts: RuntimeError: kaboom größe"
