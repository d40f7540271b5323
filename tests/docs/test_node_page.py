"""The code of the page on tests in Node, run with the real ``@upstash/qstash``."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.docs.pages import page
from tests.node import run_node
from tests.sdk.test_node import NODE_TESTS

CHECKS = NODE_TESTS / "recipe.checks.mjs"
# It starts servers one after the other, each in a process of its own.
RUN_TIMEOUT_S = 120
pytestmark = pytest.mark.timeout(RUN_TIMEOUT_S + 10)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own that holds the files of the page and has installed the SDK."""
    for example in page("node").examples:
        if example.kind == "recipe":
            (tmp_path / example.text.split()[1]).write_text(example.text)
    (tmp_path / "node_modules").symlink_to(NODE_TESTS / "node_modules")
    return tmp_path


@pytest.fixture
def environment() -> dict[str, str]:
    """Where ``qstash-dev`` is found by its name."""
    return {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}


def run_to_the_end(node: str, file: Path, project: Path, environment: dict[str, str]) -> str:
    """What the tests of a file printed, none of which failed."""
    code, output = run_node(node, file, environment=environment, cwd=project, timeout_s=RUN_TIMEOUT_S)
    assert code == 0, output
    return output


def test_the_page_names_its_files(project: Path) -> None:
    assert {path.name for path in project.glob("*.mjs")} == {"qstash-dev.mjs", "orders.test.mjs"}


def test_the_recipe_works_as_the_page_shows_it(node: str, project: Path, environment: dict[str, str]) -> None:
    output = run_to_the_end(node, project / "orders.test.mjs", project, environment)
    assert "an order is sent again until the shop takes it" in output


def test_the_recipe_serves_vitest_and_leaves_nothing_behind(
    node: str, project: Path, environment: dict[str, str]
) -> None:
    checks = shutil.copy(CHECKS, project / "recipe.test.mjs")
    run_to_the_end(node, Path(checks), project, environment)
