"""A project for each test, in which pytest runs with the installed plugin."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

# Runs within this process forget what they import; this keeps them from importing it anew each time.
import qstash_dev.testing  # noqa: F401

INI = """
    [pytest]
    filterwarnings = error
    qstash_dev_timeout = 5
"""
FOR_ASYNCIO = "asyncio_default_fixture_loop_scope = function"
# Hypothesis would be imported for the summary of each run.
OPTIONS = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """``run("def test_...", "-k", "x")`` runs the file and returns the result."""

    def run(source: str, *arguments: str, subprocess: bool = False) -> pytest.RunResult:
        ini = INI if "no:asyncio" in arguments else f"{INI}    {FOR_ASYNCIO}\n"
        pytester.makeini(textwrap.dedent(ini))
        pytester.makepyfile(textwrap.dedent(source))
        start = pytester.runpytest_subprocess if subprocess else pytester.runpytest_inprocess
        return start(*OPTIONS, *arguments)

    return run


def lines(result: pytest.RunResult) -> str:
    """What pytest printed."""
    return result.stdout.str()
