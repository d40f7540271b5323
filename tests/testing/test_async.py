"""The asynchronous server: an application in the event loop of the test is served while the test waits."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from aiohttp import web

from qstash_dev.testing import (
    AsyncInbox,
    AsyncQStashDev,
    Inbox,
    QStashDev,
    QStashDevError,
    QStashDevTimeout,
)
from tests.destination import Answer, Destination
from tests.testing.support import NOWHERE, publish, schedule


@pytest.fixture
async def app() -> AsyncIterator[Destination]:
    """An application that only answers while the loop of the test runs."""
    destination = Destination()
    await destination.start()
    yield destination
    await destination.stop()


async def test_an_app_in_the_loop_of_the_test_is_served(qstash_dev: QStashDev, app: Destination) -> None:
    app.answers(500, 200)
    message_id = publish(qstash_dev, app.url)
    progress = await qstash_dev.aio.run_all()
    assert progress.attempts >= 1
    assert len(app.requests) == 2
    assert (await qstash_dev.aio.wait_for(message_id)).state == "DELIVERED"


async def test_every_verb_that_waits_can_be_awaited(qstash_dev: QStashDev, app: Destination) -> None:
    dev = qstash_dev.aio
    began = dev.now
    schedule(dev, app.url, "0 0 1 1 *")
    publish(dev, app.url, Upstash_Delay="1m")
    await dev.next()
    await dev.advance("1h")
    await dev.advance_to("2030-01-01T00:00:00Z")
    await dev.wait_idle()
    assert (dev.now.year, dev.now > began) == (2030, True)
    assert len(app.requests) >= 2
    answer = await dev.send(app.url, {"n": 1})
    assert (answer.status, answer.text) == (200, "ok")
    assert app.requests[-1].json == {"n": 1}
    await dev.reset()
    assert dev.messages.all() == []


async def test_an_inbox_can_be_awaited(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    for inbox in (qstash_inbox.aio, qstash_dev.aio.inbox()):
        assert isinstance(inbox, AsyncInbox)
        inbox.clear()
        await inbox.assert_empty()
        publish(qstash_dev, inbox.url, b'{"n":1}')
        assert [request.json for request in await inbox.wait_for(1)] == [{"n": 1}]
        assert (await inbox.assert_received(times=1, json={"n": 1})).signature_ok
        await inbox.assert_not_received(json={"n": 2})
        with pytest.raises(AssertionError, match=r"json\['n'\] is 1, not 2"):
            await inbox.assert_received(json={"n": 2})
        with pytest.raises(QStashDevTimeout, match="received 1 of 2 requests"):
            await inbox.wait_for(2, timeout=0.05)


async def test_errors_are_the_same_as_in_the_blocking_one(qstash_dev: QStashDev, app: Destination) -> None:
    dev = qstash_dev.aio
    with pytest.raises(QStashDevError, match="time only goes forward"):
        await dev.advance(-1)
    with pytest.raises(QStashDevError, match="is not a time"):
        await dev.run_all(until="soon")
    with pytest.raises(QStashDevError, match="connection refused"):
        await dev.send(NOWHERE)
    held = asyncio.Event()
    app.answers(Answer(hold=held))
    publish(dev, app.url)
    with pytest.raises(QStashDevTimeout, match="the destination has not answered for"):
        await dev.advance("1h", timeout=0.1)
    held.set()
    await dev.wait_idle()


async def test_a_wait_may_be_cancelled(qstash_dev: QStashDev, app: Destination) -> None:
    held = asyncio.Event()
    app.answers(Answer(hold=held))
    publish(qstash_dev, app.url)
    waiting = asyncio.create_task(qstash_dev.aio.wait_idle())
    await app.received(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.set()
    await qstash_dev.aio.wait_idle()


async def test_waits_may_overlap(qstash_dev: QStashDev, app: Destination) -> None:
    ids = [publish(qstash_dev, app.url, Upstash_Delay=f"{hours}h") for hours in (1, 2, 3)]
    waits = [qstash_dev.aio.wait_for(id) for id in ids]
    *messages, _ = await asyncio.gather(*waits, qstash_dev.aio.advance("1d"))
    assert [message.state for message in messages] == ["DELIVERED"] * 3


async def test_close_can_be_awaited_and_cuts_off_an_app_that_hangs(app: Destination) -> None:
    held = asyncio.Event()
    app.answers(Answer(hold=held))
    dev = QStashDev()
    publish(dev, app.url)
    await app.received(1)
    waiting = asyncio.create_task(dev.aio.wait_idle())
    await asyncio.wait([waiting], timeout=0.01)
    await dev.aio.close()
    held.set()
    # It fails; it must not look as if somebody had cancelled the test's own task.
    with pytest.raises(QStashDevError, match=r"stopping|not running any more"):
        await waiting


def test_the_twins_have_the_same_verbs() -> None:
    def signatures(face: type) -> dict[str, tuple[str, list[tuple[str, Any]]]]:
        found = {}
        for name, member in inspect.getmembers(face, callable):
            if not name.startswith("_"):
                parameters = inspect.signature(member).parameters.values()
                found[name] = [(parameter.name, parameter.kind, parameter.default) for parameter in parameters]
        return found

    assert signatures(QStashDev) == signatures(AsyncQStashDev)
    only_blocking = {"aio"}
    assert set(signatures(Inbox)) - only_blocking == set(signatures(AsyncInbox))


Scenario = Callable[[], Coroutine[Any, Any, None]]


async def scenario() -> None:
    """What must work in any loop."""
    async with QStashDev(timeout=2) as dev:
        inbox = dev.inbox().fail(2)
        publish(dev, inbox.url)
        await dev.run_all()
        assert (await inbox.assert_received(times=3)).retried == 2
        with pytest.raises(QStashDevError, match="time only goes forward"):
            await dev.advance(-1)
    with pytest.raises(QStashDevError, match="not running any more"):
        await dev.wait_idle()


def test_it_works_under_asyncio_trio_and_anyio() -> None:
    import anyio
    import trio

    with asyncio.Runner() as runner:
        runner.run(scenario())
    trio.run(scenario)
    anyio.run(scenario, backend="asyncio")
    anyio.run(scenario, backend="trio")


async def test_an_aiohttp_app_of_the_test_may_publish_in_turn(qstash_dev: QStashDev) -> None:
    """The application answers while the test awaits, and what it publishes is part of the same journey."""
    inbox = qstash_dev.inbox("done")

    async def hook(_: web.Request) -> web.Response:
        await asyncio.to_thread(publish, qstash_dev, inbox.url, b"done", Upstash_Delay="1d")
        return web.Response()

    application = web.Application()
    application.router.add_post("/hook", hook)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    publish(qstash_dev, f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    await qstash_dev.aio.run_all()
    assert (await inbox.aio.assert_received(times=1)).text == "done"
    await runner.cleanup()
