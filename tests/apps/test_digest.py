"""A FastAPI application in the event loop of the test, with messages published to its production URL."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import uvicorn

from qstash_dev.testing import QStashDev
from tests.apps.digest import create_app

PUBLIC_URL = "https://news.example.com"
# The clocks of Berlin go forward in the night after.
EVE_OF_SUMMER_TIME = pytest.mark.qstash_dev(start="2026-03-28T00:00:00Z")


@pytest.fixture
def sent() -> list[str]:
    return []


@pytest.fixture
async def digest(qstash_dev: QStashDev, qstash_env: dict[str, str], sent: list[str]) -> AsyncIterator[str]:
    """The newsletter in the loop of the test, where it stands for its address in production."""
    app = create_app(PUBLIC_URL, sent)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        qstash_dev.route(f"{PUBLIC_URL}/*", url)
        yield url
        server.should_exit = True
        await serving
    await app.state.qstash.http._client.aclose()


async def post(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        assert response.status == 200, await response.text()


@EVE_OF_SUMMER_TIME
async def test_subscribers_are_written_to_every_morning_of_berlin(
    qstash_dev: QStashDev, digest: str, sent: list[str]
) -> None:
    await post(f"{digest}/start")
    for name in ("ann", "bob", "cy"):
        await post(f"{digest}/subscribers/{name}")
    await qstash_dev.aio.advance("3d")
    assert sorted(sent) == sorted(["ann", "bob", "cy"] * 3)
    runs = [message.created_at for message in qstash_dev.messages.filter(schedule_id="digest")]
    assert [run.astimezone(ZoneInfo("Europe/Berlin")).hour for run in runs] == [7, 7, 7]
    assert [run.hour for run in runs] == [6, 5, 5]


@EVE_OF_SUMMER_TIME
async def test_mail_that_fails_is_tried_again(qstash_dev: QStashDev, digest: str, sent: list[str]) -> None:
    await post(f"{digest}/start")
    await post(f"{digest}/subscribers/ann")
    qstash_dev.fault(f"{PUBLIC_URL}/jobs/mail", status=503, times=2)
    qstash_dev.trigger("digest")
    await qstash_dev.aio.run_all()
    assert sent == ["ann"]
    mail = qstash_dev.messages.filter(queue="mail").one()
    assert (mail.state, mail.retried) == ("DELIVERED", 2)
    assert qstash_dev.queues.one("mail").lag == 0


async def test_the_signature_is_for_the_address_in_production(qstash_dev: QStashDev, digest: str) -> None:
    assert (await qstash_dev.aio.send(f"{PUBLIC_URL}/jobs/mail", {"to": "ann"})).status == 200
    assert (await qstash_dev.aio.send(f"{digest}/jobs/mail", {"to": "ann"})).status == 401
    assert (await qstash_dev.aio.send(f"{PUBLIC_URL}/jobs/mail", {"to": "ann"}, key="wrong")).status == 401


@pytest.mark.qstash_dev(start=datetime(2026, 1, 1, tzinfo=UTC))
async def test_a_paused_schedule_writes_to_nobody(qstash_dev: QStashDev, digest: str, sent: list[str]) -> None:
    from tests.testing.support import call

    await post(f"{digest}/start")
    await post(f"{digest}/subscribers/ann")
    call(qstash_dev, "PATCH", "/v2/schedules/digest/pause", b"")
    await qstash_dev.aio.advance("7d")
    assert sent == []
    assert qstash_dev.schedules.one("digest").paused
