"""The two tests that the plugin was designed for, in a project."""

from __future__ import annotations

from tests.plugin.conftest import Run

RETRIES = """
    def test_retries(qstash_dev, qstash_inbox, qstash_client):
        qstash_inbox.respond(500, 500, 200)
        res = qstash_client.message.publish_json(url=qstash_inbox.url, body={"n": 1}, retries=3)
        qstash_dev.run_all()                                               # 12 s + 2m28s pass in milliseconds
        last = qstash_inbox.assert_received(times=3)
        assert last.retried == 2 and last.signature_ok
        assert qstash_dev.messages.one(res.message_id).state == "DELIVERED"
"""
NIGHTLY = """
    async def test_nightly(qstash_dev, qstash_inbox, async_qstash_client):
        await async_qstash_client.schedule.create(
            destination=qstash_inbox.url, cron="CRON_TZ=Europe/Berlin 0 4 * * *"
        )
        await qstash_dev.aio.advance("3d")
        assert len(qstash_inbox.requests) == 3
"""


def test_retries(run: Run) -> None:
    run(RETRIES).assert_outcomes(passed=1)


def test_nightly_with_pytest_asyncio(run: Run) -> None:
    run(NIGHTLY, "-o", "asyncio_mode=auto").assert_outcomes(passed=1)


def test_nightly_with_the_anyio_that_the_sdk_brings(run: Run) -> None:
    """On asyncio and, where it is installed as it is here, on trio."""
    run(NIGHTLY, "-p", "no:asyncio", "-p", "no:aiohttp", "-o", "anyio_mode=auto").assert_outcomes(passed=2)
