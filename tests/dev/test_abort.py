"""The end of calls in flight: ``/_dev/messages/{id}/abort``, ``abort=true`` where something is cancelled, and
``/_dev/clock/travel``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.workflow import Workflow
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination
from tests.dev.conftest import Dev
from tests.travel.conftest import DAY_MS, HOUR_MS


@pytest.fixture
async def hanging(destination: Destination) -> AsyncIterator[Destination]:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    yield destination
    hold.set()


async def test_an_aborted_call_is_a_failed_attempt_that_is_retried(
    dev: Dev, client: Client, hanging: Destination
) -> None:
    id = await client.publish(hanging.url, Upstash_Retries="1")
    await hanging.received(1)
    assert await dev.post(f"messages/{id}/abort") == {"messageId": id}
    detail = await dev.get(f"messages/{id}")
    (attempt,) = detail["attempts"]
    assert (detail["summary"]["state"], attempt["failureReason"]) == ("RETRY", "aborted")
    assert attempt["error"].startswith("the call was aborted after ")
    assert "the call was ended before the app answered" in attempt["hint"]
    await dev.post("clock/next", abortAfter=0.02)
    assert await client.states(id) == ["CREATED", *["ACTIVE", "ERROR"], "RETRY", *["ACTIVE", "ERROR"], "FAILED"]


async def test_what_is_not_in_flight_cannot_be_aborted(dev: Dev, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url, Upstash_Delay="1h")
    refusal = (409, f"message {id} is not in flight: it is CREATED")
    assert await dev.error("POST", f"messages/{id}/abort") == refusal
    assert (await dev.error("POST", "messages/msg_none/abort"))[0] == 404


async def test_a_call_with_latency_of_a_fault_can_be_aborted(
    dev: Dev, server: Server, client: Client, destination: Destination
) -> None:
    started = asyncio.Event()
    server.broker.tenants.all()[0].log.subscribers.append(lambda entry: started.set())
    await dev.post("faults", match=f"{destination.url}*", latency="10m")
    id = await client.publish(destination.url, Upstash_Retries="0")
    await started.wait()
    await dev.post(f"messages/{id}/abort")
    await dev.post("idle")
    assert (await client.states(id))[-1] == "FAILED"
    assert destination.requests == []


async def test_the_next_in_the_queue_takes_the_place(dev: Dev, client: Client, hanging: Destination) -> None:
    first, _ = [(await client.call("POST", f"/v2/enqueue/q/{hanging.url}"))[1]["messageId"] for _ in range(2)]
    await hanging.received(1)
    assert await dev.post(f"messages/{first}/cancel?abort=true") == {"messageId": first}
    assert await client.states(first) == ["CREATED", "ACTIVE", "CANCEL_REQUESTED", "ERROR", "CANCELED"]
    await hanging.received(2)


async def test_a_cancelled_message_goes_on_unless_its_call_is_aborted(
    dev: Dev, client: Client, hanging: Destination
) -> None:
    id = await client.publish(hanging.url)
    await hanging.received(1)
    await dev.post(f"messages/{id}/cancel")
    assert (await client.states(id))[-1] == "CANCEL_REQUESTED"
    assert (await dev.error("POST", f"messages/{id}/cancel"))[0] == 409
    await dev.post(f"messages/{id}/cancel?abort=true")
    assert (await client.states(id))[-1] == "CANCELED"


@pytest.mark.parametrize(("query", "ended"), [("", False), ("?abort=false", False), ("?abort=true", True)])
async def test_a_run_is_cancelled_with_its_call_if_asked(
    dev: Dev, client: Client, hanging: Destination, query: str, ended: bool
) -> None:
    await Workflow(client, hanging.url).trigger("wfr_1")
    await hanging.received(1)
    assert (await dev.error("POST", f"runs/wfr_1/cancel?createdAt={NOON_MS - 1}"))[0] == 404
    assert await dev.post(f"runs/wfr_1/cancel{query}") == {"workflowRunId": "wfr_1"}
    assert (await dev.get("runs/wfr_1"))["run"]["workflowState"] == "RUN_CANCELED"
    assert (await dev.get("status"))["users"][0]["inFlight"] == (0 if ended else 1)
    refusal = (409, "run wfr_1 cannot be cancelled: it is RUN_CANCELED")
    assert await dev.error("POST", "runs/wfr_1/cancel") == refusal
    assert (await dev.error("POST", "runs/wfr_none/cancel"))[0] == 404


async def test_another_word_than_true_and_false_is_refused(dev: Dev, client: Client, hanging: Destination) -> None:
    id = await client.publish(hanging.url)
    status, error = await dev.error("POST", f"messages/{id}/cancel?abort=yes")
    assert (status, error.endswith("use true or false (got 'yes')")) == (400, True)
    assert "CANCEL_REQUESTED" not in await client.states(id)


async def test_a_message_of_another_user_is_found_by_its_id(dev: Dev, client: Client, hanging: Destination) -> None:
    client.token = USERS[2].token
    id = await client.publish(hanging.url)
    await hanging.received(1)
    assert (await dev.error("POST", f"messages/{id}/abort?user=testUser1"))[0] == 404
    await dev.post(f"messages/{id}/abort")


@pytest.mark.parametrize("seconds", [0, -1, 601, "5", None, True])
@pytest.mark.parametrize("path", ["advance", "next", "run-all", "real"])
async def test_a_patience_that_is_none_is_refused(dev: Dev, path: str, seconds: object) -> None:
    fields = {"abortAfter": seconds} | ({"by": 1} if path == "advance" else {})
    refusal = (400, "invalid field abortAfter: use a number above 0, at most 600")
    assert await dev.error("POST", f"clock/{path}", fields) == refusal


async def test_a_journey_tells_how_far_it_is_and_can_be_stopped(
    dev: Dev, server: Server, client: Client, hanging: Destination
) -> None:
    id = await client.publish(hanging.url, Upstash_Delay="1h")
    assert "travel" not in await dev.get("clock")
    assert await dev.error("DELETE", "clock/travel") == (404, "no time travel is going on")
    journey = asyncio.create_task(dev.post("clock/advance", by="1d", timeout=60))
    await hanging.received(1)
    for clock in (await dev.get("clock"), (await dev.get("status"))["clock"]):
        travel = clock["travel"]
        assert (travel["from"], travel["to"], travel["now"]) == (NOON_MS, NOON_MS + DAY_MS, NOON_MS + HOUR_MS)
        assert (travel["stops"], travel["deliveries"], travel["failed"]) == (1, 1, 0)
        assert (travel["waitsFor"]["messageId"], travel["waitsFor"]["since"]) == (id, NOON_MS + HOUR_MS)
    stopped = await dev.delete("clock/travel")
    assert (stopped["now"], stopped["stops"]) == (NOON_MS + HOUR_MS, 1)
    progress = await journey
    assert (progress["stopped"], progress["now"], progress["attempts"]) == (True, NOON_MS + HOUR_MS, 1)
    assert "travel" not in await dev.get("clock")


async def test_a_journey_without_an_end_has_none(dev: Dev, client: Client, hanging: Destination) -> None:
    await client.publish(hanging.url, Upstash_Delay="1h")
    journey = asyncio.create_task(dev.post("clock/run-all", timeout=60))
    await hanging.received(1)
    assert "to" not in (await dev.get("clock"))["travel"]
    await dev.delete("clock/travel")
    await journey
