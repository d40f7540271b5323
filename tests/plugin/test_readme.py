"""The examples of the README's part on testing, each in a project of its own."""

from __future__ import annotations

import gc
import re
import warnings
from pathlib import Path

import pytest

from qstash_dev.testing import Inbox, QStashDev
from tests.plugin.conftest import Run

README = (Path(__file__).parents[2] / "README.md").read_text()
[SECTION] = re.findall(r"^## Test your application\n(.*?)^## ", README, re.DOTALL | re.MULTILINE)
EXAMPLES = re.findall(r"^```python\n(.*?)^```", SECTION, re.DOTALL | re.MULTILINE)
WITH_ANYIO = ("-W", "default", "-p", "no:asyncio", "-p", "no:aiohttp", "-o", "anyio_mode=auto")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: re.search(r"def (test_\w+)", example)[1])
def test_the_example_runs(run: Run, example: str) -> None:
    # A client that an example makes itself cannot be closed: the SDK leaves its connections open.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        result = run(example, *WITH_ANYIO)
        gc.collect()
    backends = 2 if "async def" in example else 1
    result.assert_outcomes(passed=example.count("def test_") * backends)


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) == 4


def test_every_verb_that_is_told_exists() -> None:
    rows = re.findall(r"^\| (`.*?) \|(.*) \|$", SECTION.partition("verb of `qstash_dev`")[2], re.MULTILINE)
    told = {name for row in rows for text in row for name in re.findall(r"`(?:inbox\.)?([a-z_]+)[(`]", text)}
    known = {name for face in (QStashDev, Inbox) for name in dir(face)}
    known |= {"messages", "dlq", "schedules", "queues", "runs"}
    assert told - known == set()
    assert len(told) > 20


def test_every_fixture_and_option_is_told() -> None:
    plugin = (Path(__file__).parents[2] / "qstash_dev" / "pytest_plugin.py").read_text()
    fixtures = re.findall(r"@pytest\.fixture.*\ndef (\w+)", plugin)
    options = re.findall(r'addini\("(\w+)"', plugin)
    assert (len(fixtures), len(options)) == (9, 4)
    for name in (*fixtures, *options, "start", "real_time", "user", "quota", "timeout", "allow_dead"):
        assert f"`{name}`" in SECTION or f"{name}=" in SECTION, name
