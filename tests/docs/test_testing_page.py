"""The examples for pytest, each in its own project, and the tables of the pages on testing."""

from __future__ import annotations

import gc
import re
import warnings

import pytest

from qstash_dev.testing import Inbox, QStashDev
from tests.docs.pages import ROOT, Example, examples, page, quoted
from tests.plugin.conftest import Run

TESTING = page("testing")
EXAMPLES = [example for example in examples() if example.kind == "pytest"]
WITH_ANYIO = ("-W", "default", "-p", "no:asyncio", "-p", "no:aiohttp", "-o", "anyio_mode=auto")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: re.search(r"def (test_\w+)", example.text)[1])
def test_the_example_runs(run: Run, example: Example) -> None:
    # A client that an example makes itself cannot be closed: the SDK leaves its connections open.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        result = run(example.text, *WITH_ANYIO)
        gc.collect()
    backends = 2 if "async def test_" in example.text else 1
    result.assert_outcomes(passed=example.text.count("def test_") * backends)


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) == 6


def test_every_method_that_is_named_exists() -> None:
    told = {
        name
        for row in TESTING.table("Methods")
        for cell in row
        for text in quoted(cell)
        for name in re.findall(r"^(?:inbox\.)?([a-z_]+)(?:\(|$)", text)
    }
    known = {name for face in (QStashDev, Inbox) for name in dir(face)}
    known |= {"messages", "dlq", "schedules", "queues", "runs", "refusals"}
    assert told - known == set()
    assert len(told) > 20


def test_every_fixture_and_option_is_told() -> None:
    plugin = (ROOT / "qstash_dev" / "pytest_plugin.py").read_text()
    fixtures = re.findall(r"@pytest\.fixture.*\ndef (\w+)", plugin)
    options = re.findall(r'addini\("(\w+)"', plugin)
    assert (len(fixtures), len(options)) == (9, 4)
    assert sorted(name for row in TESTING.table("Fixtures") for name in quoted(row[0])) == sorted(fixtures)
    for name in options:
        assert f"\n{name} = " in TESTING.text, name
    for name in ("start", "real_time", "user", "quota", "timeout", "allow_dead"):
        assert f"`{name}`" in TESTING.text, name
