"""Output is written apart from the server, which never waits for it."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator

import pytest

from qstash_dev import output as module
from qstash_dev.foreground import _left_out, _left_out_json
from qstash_dev.output import Output


class Pipe(io.StringIO):
    """Takes one write, and the next only when somebody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.full = threading.Event()
        self.read = threading.Event()

    def write(self, text: str) -> int:
        if self.getvalue():
            self.full.set()
            assert self.read.wait(10)
        return super().write(text)


class Broken(io.StringIO):
    """Its reader has gone away."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    monkeypatch.setattr(module, "_MAX_WAITING", 3)
    pipe = Pipe()
    yield pipe
    pipe.read.set()


def fill(output: Output, pipe: Pipe, lines: int) -> None:
    """Print the first line, a second that waits for the reader, and more that wait behind it."""
    output.now("first")
    output.later("second")
    assert pipe.full.wait(10)
    for number in range(lines):
        output.later(f"line {number}")


def test_lines_wait_for_a_reader_that_lags(pipe: Pipe) -> None:
    output = Output(pipe, _left_out)
    fill(output, pipe, 3)
    pipe.read.set()
    output.close()
    assert pipe.getvalue().splitlines() == ["first", "second", "line 0", "line 1", "line 2"]


@pytest.mark.parametrize("left_out", [_left_out, _left_out_json])
def test_lines_beyond_what_can_wait_are_counted(pipe: Pipe, left_out: module.LeftOut) -> None:
    output = Output(pipe, left_out)
    fill(output, pipe, 5)
    pipe.read.set()
    output.close()
    assert pipe.getvalue().splitlines()[-2:] == ["line 2", left_out(2)]


def test_line_about_lines_left_out_is_json_among_json() -> None:
    assert json.loads(_left_out_json(7)) == {"event": "leftOut", "lines": 7}


def test_close_does_not_wait_for_ever(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CLOSING_S", 0.01)
    output = Output(pipe, _left_out)
    fill(output, pipe, 5)
    output.close()
    assert pipe.getvalue() == "first\n"


def test_broken_pipe_is_not_an_error() -> None:
    output = Output(Broken(), _left_out)
    output.now("first")
    output.later("second")
    output.close()


def test_lines_that_come_together_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GATHERING_S", 10)
    written: list[str] = []
    stream = io.StringIO()
    monkeypatch.setattr(stream, "write", written.append)
    output = Output(stream, _left_out)
    for line in ("one", "two", "three"):
        output.later(line)
    # Closing waits for no more lines.
    output.close()
    assert written == ["one\ntwo\nthree\n"]
