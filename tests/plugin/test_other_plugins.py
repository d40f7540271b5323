"""The plugin together with those of asyncio, anyio, aiohttp and xdist, and alone."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run

JOURNEY = """
    await async_qstash_client.message.publish(url=qstash_inbox.url, body="x", delay="3d")
    await qstash_dev.aio.run_all()
    assert (await qstash_inbox.aio.assert_received(times=1)).signature_ok
"""
ASYNC_TEST = f"""
import pytest

{{decorator}}
async def test_it(qstash_dev, qstash_inbox, async_qstash_client{{more}}):
    {JOURNEY.strip()}
"""


def test_pytest_asyncio_in_auto_mode(run: Run) -> None:
    run(ASYNC_TEST.format(decorator="", more=""), "-o", "asyncio_mode=auto").assert_outcomes(passed=1)


def test_pytest_asyncio_in_strict_mode(run: Run) -> None:
    source = ASYNC_TEST.format(decorator="@pytest.mark.asyncio", more="")
    run(source, "-o", "asyncio_mode=strict").assert_outcomes(passed=1)


def test_pytest_asyncio_with_one_loop_for_the_session(run: Run) -> None:
    result = run(
        """
        import pytest

        loop = pytest.mark.asyncio(loop_scope="session")

        @loop
        @pytest.mark.parametrize("number", [1, 2])
        async def test_it(qstash_dev_session, number):
            from tests.testing.support import publish

            await qstash_dev_session.aio.reset()
            inbox = qstash_dev_session.aio.inbox().fail(2)
            publish(qstash_dev_session, inbox.url)
            await qstash_dev_session.aio.run_all()
            await inbox.assert_received(times=3)
        """,
        "-o",
        "asyncio_mode=strict",
    )
    result.assert_outcomes(passed=2)


def test_anyio_on_every_backend(run: Run) -> None:
    source = ASYNC_TEST.format(decorator="@pytest.mark.anyio", more=", anyio_backend_name")
    run(source, "-p", "no:asyncio", "-p", "no:aiohttp").assert_outcomes(passed=2)


def test_pytest_aiohttp_with_its_own_client(run: Run) -> None:
    result = run(
        """
        from aiohttp import web

        async def test_it(qstash_dev, async_qstash_client, qstash_receiver, aiohttp_server):
            got = []

            async def hook(request):
                body = await request.text()
                qstash_receiver.verify(
                    signature=request.headers["Upstash-Signature"], body=body, url=str(request.url)
                )
                got.append(body)
                return web.Response()

            app = web.Application()
            app.router.add_post("/hook", hook)
            server = await aiohttp_server(app)
            await async_qstash_client.message.publish(url=str(server.make_url("/hook")), body="x", delay="1d")
            await qstash_dev.aio.run_all()
            assert got == ["x"]
            assert qstash_dev.messages.one().state == "DELIVERED"
        """,
        "-o",
        "asyncio_mode=auto",
    )
    result.assert_outcomes(passed=1)


def test_a_coroutine_may_block_on_the_server_if_its_app_lives_elsewhere(run: Run) -> None:
    result = run(
        """
        async def test_it(qstash_dev, qstash_inbox, qstash_client):
            qstash_inbox.respond(500, 200)
            qstash_client.message.publish(url=qstash_inbox.url, body="x")
            qstash_dev.run_all()
            qstash_inbox.assert_received(times=2)
        """,
        "-o",
        "asyncio_mode=auto",
    )
    result.assert_outcomes(passed=1)


def test_no_other_plugin_is_needed(run: Run) -> None:
    result = run(
        """
        import asyncio
        from tests.testing.support import publish

        def test_blocking(qstash_dev, qstash_inbox):
            publish(qstash_dev, qstash_inbox.url)
            qstash_inbox.assert_received(times=1)

        def test_own_loop(qstash_dev, qstash_inbox):
            async def journey():
                publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1d")
                await qstash_dev.aio.run_all()
                await qstash_inbox.aio.assert_received(times=1)

            asyncio.run(journey())
        """,
        *("-p", "no:asyncio", "-p", "no:aiohttp", "-p", "no:anyio", "-p", "no:xdist", "-p", "no:timeout"),
    )
    result.assert_outcomes(passed=2)


def test_each_worker_of_xdist_has_its_servers(run: Run) -> None:
    result = run(
        """
        import os
        import pytest
        from tests.testing.support import publish

        @pytest.mark.parametrize("number", range(8))
        def test_it(qstash_dev, qstash_dev_session, number, record_property):
            for server in (qstash_dev, qstash_dev_session):
                server.reset()
                publish(server, server.inbox().url, str(number).encode())
                assert server.inbox().assert_received(times=1).text == str(number)

        def test_fails(qstash_dev):
            assert False
        """,
        *("-n", "2", "-p", "no:asyncio", "-p", "no:aiohttp", "-p", "no:anyio"),
        subprocess=True,
    )
    result.assert_outcomes(passed=8, failed=1)
    # The report comes from another process.
    result.stdout.fnmatch_lines(["*- qstash-dev timeline -*", "nothing was published"])


@pytest.mark.parametrize("freezer", ["freezegun.freeze_time", "time_machine.travel"])
def test_a_test_may_freeze_time(run: Run, freezer: str) -> None:
    module = freezer.partition(".")[0]
    result = run(
        f"""
        import {module}

        @{freezer}("2020-02-29T12:00:00+00:00")
        def test_it(qstash_dev, qstash_inbox, qstash_client, qstash_receiver):
            qstash_inbox.fail(2)
            qstash_client.message.publish(url=qstash_inbox.url, body="x")
            qstash_dev.run_all()
            request = qstash_inbox.assert_received(times=3)
            qstash_receiver.verify(
                signature=request.headers["Upstash-Signature"], body=request.text, url=qstash_inbox.url
            )
        """
    )
    result.assert_outcomes(passed=1)
