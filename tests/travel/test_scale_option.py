"""``--time-scale``: a server whose time passes faster."""

from __future__ import annotations

import asyncio
import json
import sys

import aiohttp
import pytest
from click.testing import CliRunner

from qstash_dev.cli.main import main
from tests.conftest import Client
from tests.destination import Destination
from tests.environment import clean_environment


@pytest.mark.programs
async def test_an_hour_passes_in_no_time(destination: Destination) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "qstash_dev", "dev", "--port", "0", "--json", "--time-scale", "1000000"),
        stdout=asyncio.subprocess.PIPE,
        env=clean_environment(),
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20), aiohttp.ClientSession() as session:
            ready = json.loads(await process.stdout.readline())
            client = Client(session, ready["url"], ready["env"]["QSTASH_TOKEN"])
            await client.publish(destination.url, Upstash_Delay="1h")
            await destination.received(1)
            async with session.get(f"{client.url}/_dev/clock") as response:
                clock = await response.json()
        assert (clock["mode"], clock["scale"]) == ("scaled", 1_000_000)
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1000001", "fast", ""])
@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_scale_that_cannot_be_is_a_usage_error(value: str, how: str) -> None:
    arguments = ["--time-scale", value] if how == "option" else []
    environment = {} if how == "option" else {"QSTASH_DEV_TIME_SCALE": value or " "}
    result = CliRunner().invoke(main, ["dev", *arguments], env=environment)
    assert result.exit_code == 2
    assert "QSTASH_DEV_TIME_SCALE" in result.output
