"""The wheel and the source distribution: they contain what users need and nothing else, and they run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

from qstash_dev import __version__
from tests.docs.pages import README, ROOT
from tests.environment import clean_environment

NAME = f"qstash_dev-{__version__}"
INFO = f"{NAME}.dist-info"


@dataclass(frozen=True)
class Built:
    """The files that were built, and what is in them."""

    wheel: Path
    source: Path

    @property
    def in_wheel(self) -> set[str]:
        with ZipFile(self.wheel) as wheel:
            return set(wheel.namelist())

    @property
    def in_source(self) -> set[str]:
        with tarfile.open(self.source) as source:
            return {member.name.removeprefix(f"{NAME}/") for member in source.getmembers()}

    def text(self, name: str) -> str:
        with ZipFile(self.wheel) as wheel:
            return wheel.read(f"{INFO}/{name}").decode()

    @property
    def metadata(self) -> Message:
        return Parser().parsestr(self.text("METADATA"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)]
    # The environment of a build, without anything of ours in the way.
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return Built(folder / f"{NAME}-py3-none-any.whl", folder / f"{NAME}.tar.gz")


def test_wheel_holds_the_package_and_what_describes_it(built: Built) -> None:
    sources = [file for file in (ROOT / "qstash_dev").rglob("*.py") if "node_modules" not in file.parts]
    package = {str(file.relative_to(ROOT)) for file in sources}
    described = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
    console = {name for name in built.in_wheel if name.startswith("qstash_dev/console/static/")}
    assert {Path(name).suffix for name in console} == {".html", ".js", ".css", ".svg", ".txt"}
    assert built.in_wheel - console == package | {"qstash_dev/py.typed"} | {f"{INFO}/{name}" for name in described}


def test_metadata(built: Built) -> None:
    metadata = built.metadata
    assert metadata["Name"] == "qstash-dev"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    # None is the address of anything of ours: there is no such address.
    assert metadata.get_all("Project-URL") == ["About QStash, https://upstash.com/docs/qstash"]
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_description_is_the_readme_without_what_only_a_clone_has(built: Built) -> None:
    description = built.metadata.get_payload()
    assert isinstance(description, str)
    assert description.splitlines()[0] == "# qstash-dev"
    assert "[QStash](https://upstash.com/docs/qstash)" in description
    assert "\n| Quick start | " in description
    # No file of the repository is beside it: pictures would be broken, and links dead.
    assert re.findall(r"\]\((?!https?://)", description) == []
    shown = [line for line in README.text.splitlines() if line and "](" not in line]
    assert [line for line in description.splitlines() if line in shown] == shown


def test_licence_is_the_one_of_the_repository(built: Built) -> None:
    assert built.text("licenses/LICENSE") == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_entry_points(built: Built) -> None:
    assert built.text("entry_points.txt").split() == [
        *("[console_scripts]", "qstash-dev", "=", "qstash_dev.cli.main:main"),
        *("[pytest11]", "qstash_dev", "=", "qstash_dev.pytest_plugin"),
    ]


def test_source_can_be_built_and_tested_without_the_repository(built: Built) -> None:
    needed = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "tests/conftest.py"}
    documents = {str(file.relative_to(ROOT)) for file in (ROOT / "docs").rglob("*.*")}
    assert needed | {"CONTRIBUTING.md", "mkdocs.yml"} | documents <= built.in_source
    unwanted = ("node_modules", "__pycache__", ".venv", ".hypothesis")
    assert not [name for name in built.in_source if any(part in name.split("/") for part in unwanted)]


def test_wheel_runs_where_the_repository_is_not(built: Built, tmp_path: Path) -> None:
    shutil.unpack_archive(built.wheel, tmp_path, "zip")
    code = "import qstash_dev, runpy, sys; print(qstash_dev.__file__); sys.argv[1:] = ['--version']; "
    code += "runpy.run_module('qstash_dev', run_name='__main__')"
    environment = clean_environment() | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        str(tmp_path / "qstash_dev" / "__init__.py"),
        f"qstash-dev, version {__version__}",
    ]
