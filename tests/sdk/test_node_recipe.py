"""The recipe that the README gives to tests in Node, run as it stands there, with the real ``@upstash/qstash``."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.node import RUN_TIMEOUT_S, installed_node, run_node
from tests.sdk.test_node import NODE_TESTS

README = Path(__file__).parent.parent.parent / "README.md"
CHECKS = NODE_TESTS / "recipe.checks.mjs"
pytestmark = [pytest.mark.programs, pytest.mark.timeout(RUN_TIMEOUT_S + 10)]


@pytest.fixture(scope="module")
def node() -> str:
    """The path of Node."""
    return installed_node(NODE_TESTS, "@upstash/qstash")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own that holds the files of the README and has installed the SDK."""
    for name, text in re.findall(r"```js\n// (\S+\.mjs)\n(.*?)```", README.read_text(), re.DOTALL):
        (tmp_path / name).write_text(text)
    (tmp_path / "node_modules").symlink_to(NODE_TESTS / "node_modules")
    return tmp_path


@pytest.fixture
def environment() -> dict[str, str]:
    """Where ``qstash-dev`` is found by its name."""
    return {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}


def test_the_readme_names_its_files(project: Path) -> None:
    assert {path.name for path in project.glob("*.mjs")} == {"qstash-dev.mjs", "orders.test.mjs"}


def test_the_recipe_works_as_the_readme_shows_it(node: str, project: Path, environment: dict[str, str]) -> None:
    code, output = run_node(node, project / "orders.test.mjs", environment=environment, cwd=project)
    assert code == 0, output
    assert "an order is sent again until the shop takes it" in output


def test_the_recipe_serves_vitest_and_leaves_nothing_behind(
    node: str, project: Path, environment: dict[str, str]
) -> None:
    checks = shutil.copy(CHECKS, project / "recipe.test.mjs")
    code, output = run_node(node, Path(checks), environment=environment, cwd=project)
    assert code == 0, output
