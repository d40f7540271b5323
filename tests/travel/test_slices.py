"""Work on very many messages is done in slices, between which other tasks run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.server import Server
from qstash_dev.slices import AT_ONCE, in_slices, others_turn
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State
from qstash_dev.state.tenant import MessageCounts, Tenant
from tests.api.support import make_group
from tests.conftest import Client

MANY = 5 * AT_ONCE
NOWHERE = "http://127.0.0.1:1/"


def publish(server: Server, count: int = MANY, **headers: str) -> Tenant:
    """So many messages, without a request for each; ``Retry_Delay`` stands for ``Upstash-Retry-Delay``."""
    tenant = server.broker.tenants.all()[0]
    options = parse_options([(f"Upstash-{name.replace('_', '-')}", value) for name, value in headers.items()])
    for _ in range(count):
        server.broker.publisher.publish(tenant, Publication(NOWHERE, b"", options), server.clock.now_ms())
    return tenant


class Tally:
    """Counts how often it is called, as a subscriber or in the place of another function."""

    def __init__(self, other: Callable[[], None] | None = None, state: State | None = None) -> None:
        self.total = 0
        self._other = other
        self._state = state

    def __call__(self, entry: LogEntry | None = None) -> None:
        if entry is None or entry.state is self._state:
            self.total += 1
        if self._other is not None:
            self._other()


@asynccontextmanager
async def in_portions(done: Callable[[], int]) -> AsyncIterator[None]:
    """In no pass of the loop is more done than one portion, of a total that ``done`` tells."""
    each_pass: list[int] = []

    async def watch() -> None:
        before = done()
        while True:
            await asyncio.sleep(0)
            each_pass.append(done() - before)
            before += each_pass[-1]

    watching = asyncio.create_task(watch())
    # It begins to count.
    await asyncio.sleep(0)
    try:
        yield
        # The last pass has an end as well.
        for _ in range(3):
            await others_turn()
    finally:
        watching.cancel()
    assert 0 < max(each_pass) <= 2 * AT_ONCE
    assert sum(each_pass) >= MANY


def made_ready(server: Server) -> Callable[[], int]:
    """How many messages have been let through to their call since."""
    admission = server.broker.admission
    admission.on_ready = tally = Tally(admission.on_ready)
    return lambda: tally.total


def come_to(tenant: Tenant, state: State) -> Callable[[], int]:
    """How many messages have come to this state since."""
    tally = Tally(state=state)
    tenant.log.subscribers.append(tally)
    return lambda: tally.total


async def test_portions_are_as_large_as_they_may_be_and_leave_turns_to_others() -> None:
    turns, portions = 0, list[list[int]]()

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(other())
    async for portion in in_slices(range(25), 10):
        portions.append(portion)
    task.cancel()
    assert [len(portion) for portion in portions] == [10, 10, 5]
    assert turns >= 1
    assert [portion async for portion in in_slices(range(0))] == []


async def test_what_is_due_at_one_moment_falls_due_in_portions(server: Server) -> None:
    server.travel.pause()
    publish(server, Delay="1h", Queue_Name="held")
    queue = server.broker.tenants.all()[0].queues["held"]
    queue.paused = True
    async with in_portions(made_ready(server)):
        queue.paused = False
        queue.parallelism = 10**9
        await server.travel.by(3_600_000, timeout_s=60)
    assert len(server.broker.timers) <= MANY


async def test_a_key_that_opens_lets_messages_through_in_portions(server: Server, client: Client) -> None:
    assert (await client.session.post(f"{client.url}/v2/flowControl/k/pause", headers=token(client))).status == 200
    tenant = publish(server, Flow_Control_Key="k", Flow_Control_Value="rate=1000000", Retries="0")
    async with in_portions(made_ready(server)):
        answer = await client.session.post(f"{client.url}/v2/flowControl/k/resume", headers=token(client))
        assert answer.status == 200
        while tenant.flow_controls["k"].waiting:
            await others_turn()
        assert not server.broker.deferred_work


async def test_idle_waits_for_a_key_that_is_opening(server: Server, client: Client) -> None:
    await client.session.post(f"{client.url}/v2/flowControl/k/pause", headers=token(client))
    tenant = publish(server, Flow_Control_Key="k", Flow_Control_Value="rate=1000000", Retries="0")
    await client.session.post(f"{client.url}/v2/flowControl/k/resume", headers=token(client))
    await server.travel.idle(60)
    assert tenant.pending == 0


RequestMany = Callable[[Client], Awaitable[Any]]


async def cancel_all(client: Client) -> None:
    assert await client.call("DELETE", "/v2/messages") == (200, {"cancelled": MANY})


async def delete_queue(client: Client) -> None:
    async with client.session.delete(f"{client.url}/v2/queues/q", headers=token(client)) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("request_many", [cancel_all, delete_queue])
async def test_many_are_cancelled_in_portions_and_none_is_called_on_the_way(
    server: Server, client: Client, request_many: RequestMany
) -> None:
    tenant = publish(server, 1, Queue_Name="q", Retry_Delay="3600000", Retries="1")
    await server.travel.idle()
    publish(server, MANY - 1, Queue_Name="q")
    async with in_portions(come_to(tenant, State.CANCEL_REQUESTED)):
        await request_many(client)
    assert all(message.state is State.CANCELED for message in tenant.messages.values())
    assert not [entry for entry in tenant.log.walk(latest_first=True) if entry.state is State.ACTIVE][1:]
    assert tenant.counts() == MessageCounts(0, 0, 0, 0, MANY)
    assert tenant.pending_bytes == 0


async def test_a_user_starts_over_at_once_and_what_was_before_goes_in_portions(
    server: Server, client: Client
) -> None:
    tenant = publish(server, MANY // 2, Delay="1h")
    publish(server, MANY // 2, Queue_Name="q", Delay="1s")
    async with in_portions(lambda: -len(server.broker.timers)):
        resetting = asyncio.create_task(server.reset.users([tenant]))
        await asyncio.sleep(0)
        assert (await client.get("/v2/events"))["events"] == []
        assert not resetting.done()
        # What is published meanwhile belongs to the new beginning, and waits for the end of the old one.
        id = await client.publish(NOWHERE, Upstash_Retries="0")
        assert await client.states(id) == ["CREATED"]
        await resetting
    assert len(server.broker.timers) == 0
    await server.travel.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
    assert tenant.counts() == MessageCounts(0, 0, 0, 1, 1)


async def test_a_journey_waits_for_a_user_who_starts_over(server: Server) -> None:
    first, second = server.broker.tenants.all()[:2]
    publish(server, MANY, Delay="1h")
    options = parse_options([("Upstash-Delay", "1h"), ("Upstash-Retries", "0")])
    [receipt] = server.broker.publisher.publish(second, Publication(NOWHERE, b"", options), server.clock.now_ms())
    resetting = asyncio.create_task(server.reset.users([first]))
    await asyncio.sleep(0)
    progress = await server.travel.by(3_600_000, timeout_s=60)
    assert resetting.done()
    assert progress.attempts == 1
    assert second.messages[receipt.message_id].state is State.FAILED


class Unwalked(dict[str, Message]):
    """Messages that may be looked up, but not walked through."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all messages are looked at")

    def values(self) -> Any:
        raise AssertionError("all messages are looked at")

    items = values


@pytest.mark.own_server
async def test_what_waits_is_told_without_a_look_at_all_of_it(server: Server, client: Client) -> None:
    tenant = publish(server, MANY, Delay="1h")
    tenant.messages = Unwalked(tenant.messages)
    answer = await (await client.session.post(f"{client.url}/_dev/idle")).json()
    assert (answer["count"], len(answer["pending"])) == (MANY, 100)
    status = await client.get("/_dev/status")
    assert status["users"][0]["later"] == MANY


async def test_a_bulk_cancellation_ends_with_the_user_who_starts_over_meanwhile(
    server: Server, client: Client
) -> None:
    tenant = publish(server, MANY, Delay="1h")
    cancelling = asyncio.create_task(client.call("DELETE", "/v2/messages"))
    while not any(message.state is State.CANCEL_REQUESTED for message in tenant.messages.values()):
        await others_turn()
    await server.reset.users([tenant])
    await cancelling
    assert (tenant.pending_bytes, tenant.later, tenant.in_flight, len(list(tenant.log.walk(latest_first=False)))) == (
        0,
        0,
        0,
        0,
    )
    await server.travel.idle()


async def test_many_dead_letters_are_published_again_in_portions(server: Server, client: Client) -> None:
    tenant = publish(server, AT_ONCE, Retries="0")
    await server.travel.idle(60)
    ids = [letter.id for letter in tenant.dead_letters.walk(latest_first=False)]
    status, answer = await client.call("POST", "/v2/dlq/retry", json={"dlqIds": ids})
    assert (status, len(answer["responses"]), len(set(r["messageId"] for r in answer["responses"]))) == (
        201,
        AT_ONCE,
        AT_ONCE,
    )
    await server.travel.idle(60)


async def test_messages_of_a_batch_are_created_in_portions(server: Server, client: Client) -> None:
    [tenant, *_] = server.broker.tenants.all()
    items = [{"destination": f"{NOWHERE}{number}", "headers": {"Upstash-Delay": "1h"}} for number in range(MANY)]
    async with in_portions(come_to(tenant, State.CREATED)):
        status, answer = await client.call("POST", "/v2/batch", json=items)
    assert (status, [entry["url"] for entry in answer]) == (201, [item["destination"] for item in items])


async def test_a_batch_ends_with_the_user_who_starts_over_meanwhile(server: Server, client: Client) -> None:
    [tenant, *_] = server.broker.tenants.all()
    items = [{"destination": NOWHERE, "headers": {"Upstash-Delay": "1h"}}] * MANY
    publishing = asyncio.create_task(client.call("POST", "/v2/batch", json=items))
    while not tenant.messages:
        await others_turn()
    await server.reset.users([tenant])
    status, answer = await publishing
    assert (status, "started over" in answer["error"]) == (409, True)
    assert (tenant.pending_bytes, len(tenant.messages)) == (0, 0)


async def test_a_url_group_that_goes_meanwhile_does_not_halve_a_batch(server: Server, client: Client) -> None:
    [tenant, *_] = server.broker.tenants.all()
    await make_group(client, "group", f"{NOWHERE}a", f"{NOWHERE}b")
    items = [{"destination": "group", "headers": {"Upstash-Delay": "1h"}}] * MANY
    publishing = asyncio.create_task(client.call("POST", "/v2/batch", json=items))
    while not tenant.messages:
        await others_turn()
    del tenant.url_groups["group"]
    status, answer = await publishing
    assert (status, sum(map(len, answer))) == (201, 2 * MANY)


def token(client: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.token}"}
