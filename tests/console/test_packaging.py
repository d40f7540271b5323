"""The built packages: a wheel with the console, one built without Node, and the source distributions."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.environment import give_up

ROOT = Path(__file__).parents[2]
STATIC = "qstash_dev/console/static/"
UI = "qstash_dev/console/ui/"

# npm fetches three packages, and pip unpacks one.
pytestmark = [pytest.mark.programs, pytest.mark.timeout(180)]


def build(target: str, folder: Path, **environment: str) -> tuple[Path, str]:
    """The file that was built, and what was printed."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    made = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    [built] = folder.iterdir()
    return built, made.stdout + made.stderr


@pytest.fixture
def npm() -> None:
    """It is there."""
    if shutil.which("npm") is None:
        give_up("Node 20 or newer is not installed", "sudo apt-get install nodejs npm")


def fetch(url: str, accept: str = "text/html") -> str:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=10) as response:
        return str(response.read().decode())


def test_a_wheel_that_is_installed_serves_the_console(npm: None, tmp_path: Path) -> None:
    wheel, _ = build("wheel", tmp_path / "dist", QSTASH_DEV_CONSOLE="require")
    names = zipfile.ZipFile(wheel).namelist()
    assert {STATIC + "index.html", STATIC + "licences.txt", STATIC + "icon.svg"} <= set(names)
    assert [name for name in names if name.startswith(UI) or "node_modules" in name] == []
    place = tmp_path / "place"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place), str(wheel)]
    subprocess.run(pip, check=True)
    command = [sys.executable, "-m", "qstash_dev", "dev", "--port", "0", "--json", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(place)}
    with subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            console = json.loads(process.stdout.readline())["console"]
            page = fetch(console)
            for file in re.findall(r'(?:src|href)="(_console/[^"]+)"', page):
                assert fetch(console + file) == (place / STATIC / Path(file).name).read_text()
        finally:
            process.terminate()


def test_without_node_a_wheel_works_all_the_same_and_the_build_says_what_is_missing(tmp_path: Path) -> None:
    wheel, printed = build("wheel", tmp_path / "dist", PATH=str(tmp_path))
    names = zipfile.ZipFile(wheel).namelist()
    assert "qstash_dev/console/routes.py" in names
    assert [name for name in names if name.startswith((STATIC, UI))] == []
    assert "console is left out" in printed
    assert "Node 20" in printed


def test_without_node_a_wheel_that_must_have_the_console_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        build("wheel", tmp_path / "dist", PATH=str(tmp_path), QSTASH_DEV_CONSOLE="require")
    assert "Node 20" in failed.value.stderr


def test_the_sources_can_build_it_again(tmp_path: Path) -> None:
    archive, _ = build("sdist", tmp_path / "dist")
    with tarfile.open(archive) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert {"hatch_build.py", UI + "package-lock.json", UI + ".npmrc", UI + "build.mjs", UI + "src/main.tsx"} <= names
    assert [name for name in names if "node_modules" in name or name.startswith(STATIC)] == []


def test_no_file_names_a_host_of_a_registry() -> None:
    lock = json.loads((ROOT / UI / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
