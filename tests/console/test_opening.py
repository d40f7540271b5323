"""``qstash-dev dev`` prints the URL of the console, and opens it with ``--open``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.programs

COMMAND = [sys.executable, "-m", "qstash_dev", "dev", "--port", "0"]


@contextmanager
def running(*options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1", **environment},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_the_ready_line_names_the_console() -> None:
    with running("--json") as process:
        ready = json.loads(first_line(process))
    assert ready["console"] == ready["url"] + "/"


def test_the_start_up_text_names_the_console() -> None:
    with running() as process:
        url = first_line(process).rpartition(" ")[2].strip()
        assert first_line(process).strip() == f"Console: {url}/"


@pytest.mark.skipif(os.name == "nt", reason="opens the browser through a shell script")
def test_it_opens_in_the_browser(tmp_path: Path) -> None:
    seen, browser = tmp_path / "seen", tmp_path / "browser"
    os.mkfifo(seen)
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" > {seen}\n')
    browser.chmod(0o755)
    with running("--json", "--open", BROWSER=f"{browser} %s") as process:
        ready = json.loads(first_line(process))
        # Reading waits for the browser to write.
        assert seen.read_text().strip() == ready["console"]


@pytest.mark.skipif(os.name == "nt", reason="there is always a browser")
def test_without_a_browser_it_says_where_the_console_is(tmp_path: Path) -> None:
    with running("--json", "--open", BROWSER="", PATH=str(tmp_path), DISPLAY="") as process:
        ready = json.loads(first_line(process))
        assert process.stderr is not None
        assert process.stderr.readline().strip() == (
            f"warning: no browser was found; the console is at {ready['console']}"
        )
