"""Output written by a thread, for which the server never waits."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from qstash_dev.cli.output import LeftOut, Lines, Output, OutputLimits, left_out, standard_streams
from qstash_dev.cli.serve import left_out_json

THREE = OutputLimits(lines=3)
IMPATIENT = OutputLimits(closing_s=0.01)


class Pipe(io.StringIO):
    """Takes one write, and the next only when somebody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.full = threading.Event()
        self.read = threading.Event()

    def write(self, text: str) -> int:
        if self.getvalue():
            self.full.set()
            assert self.read.wait(10)
        written = super().write(text)
        self.begun.set()
        return written


class Broken(io.StringIO):
    """Its reader has gone away."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.read.set()


def fill(output: Output, pipe: Pipe, lines: int) -> None:
    """Print the first line, a second that waits for the reader, and more that wait behind it."""
    output.write_line("first")
    assert pipe.begun.wait(10)
    output.write_line("second")
    assert pipe.full.wait(10)
    for number in range(lines):
        output.write_line(f"line {number}")


def test_lines_wait_for_a_reader_that_lags(pipe: Pipe) -> None:
    output = Output(pipe, left_out, THREE)
    fill(output, pipe, 3)
    pipe.read.set()
    output.close()
    assert pipe.getvalue().splitlines() == ["first", "second", "line 0", "line 1", "line 2"]


@pytest.mark.parametrize("line", [left_out, left_out_json])
def test_lines_beyond_what_can_wait_are_counted(pipe: Pipe, line: LeftOut) -> None:
    output = Output(pipe, line, THREE)
    fill(output, pipe, 5)
    pipe.read.set()
    output.close()
    assert pipe.getvalue().splitlines()[-2:] == ["line 2", line(2)]


def test_line_about_lines_left_out_is_json_among_json() -> None:
    assert json.loads(left_out_json(7)) == {"event": "leftOut", "lines": 7}


def test_close_does_not_wait_for_ever(pipe: Pipe) -> None:
    output = Output(pipe, left_out, IMPATIENT)
    fill(output, pipe, 5)
    output.close()
    assert pipe.getvalue() == "first\n"


def test_broken_pipe_is_not_an_error() -> None:
    output = Output(Broken(), left_out)
    output.write_line("first")
    output.write_line("second")
    output.close()


def test_lines_that_come_together_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    begun = threading.Event()

    def write(text: str) -> None:
        written.append(text)
        begun.set()

    stream = io.StringIO()
    monkeypatch.setattr(stream, "write", write)
    output = Output(stream, left_out, OutputLimits(gathering_s=10))
    output.write_line("ready")
    # Whoever waits for the first line gets it at once.
    assert begun.wait(5)
    for line in ("one", "two", "three"):
        output.write_line(line)
    # Closing waits for no more lines.
    output.close()
    assert written == ["ready\n", "one\ntwo\nthree\n"]


def test_long_lines_wait_in_smaller_numbers(pipe: Pipe) -> None:
    output = Output(pipe, left_out, OutputLimits(lines=100, characters=1_500))
    fill(output, pipe, 0)
    for _ in range(3):
        output.write_line("x" * 1_000)
    pipe.read.set()
    output.close()
    assert pipe.getvalue().splitlines()[2:] == ["x" * 1_000, "x" * 1_000, left_out(1)]


class Unread:
    """A pipe that the other end has made non-blocking."""

    def __init__(self) -> None:
        self.reading, writing = os.pipe()
        os.set_blocking(writing, False)
        self.stream = os.fdopen(writing, "w")

    def rest(self) -> str:
        self.stream.close()
        with os.fdopen(self.reading) as output:
            return output.read()


def test_everything_reaches_a_reader_through_a_pipe_that_does_not_block() -> None:
    unread = Unread()
    output = Output(unread.stream, left_out)
    line = "x" * 1_000
    for number in range(100):
        output.write_line(f"{number} {line}")
    output.end()
    with os.fdopen(os.dup(unread.reading)) as reader:
        said = [reader.readline() for _ in range(100)]
    output.close()
    assert said == [f"{number} {line}\n" for number in range(100)]
    assert unread.rest() == ""


def test_stream_is_left_without_anything_to_write_at_the_end_of_the_process() -> None:
    unread = Unread()
    output = Output(unread.stream, left_out, IMPATIENT)
    output.write_line("x" * 100_000)
    output.close()
    # Python does this at the end, and would wait, or fail, for what nobody reads.
    unread.stream.flush()


def test_whoever_writes_to_standard_streams_writes_through_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    with standard_streams(left_out_json) as (output, errors):
        assert (type(sys.stdout), type(sys.stderr)) == (Lines, Lines)
        output.write_line("a line")
        print("printed")
        errors.write_line("warning: ours")
        # Where records go for which nobody has configured anything.
        assert logging.lastResort is not None
        logging.lastResort.handle(logging.makeLogRecord({"msg": "logged"}))
        sys.stderr.write("not yet ")
        sys.stderr.write("complete")
        assert "complete" not in streams[1].getvalue()
    assert (sys.stdout, sys.stderr) == streams
    assert streams[0].getvalue() == "a line\nprinted\n"
    assert streams[1].getvalue() == "warning: ours\nlogged\nnot yet complete\n"


def test_line_that_never_ends_is_not_kept_for_ever() -> None:
    stream = io.StringIO()
    output = Output(stream, left_out, OutputLimits(line_characters=10))
    lines = Lines(output, stream)
    for _ in range(4):
        lines.write("12345")
    lines.end()
    output.close()
    assert stream.getvalue() == "123451234512345\n12345\n"


def test_two_streams_that_nobody_reads_are_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    patience: list[float | None] = []
    join = threading.Thread.join

    def watched(thread: threading.Thread, timeout: float | None = None) -> None:
        if thread.name == "qstash-dev-output":
            patience.append(timeout)
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", watched)
    unread = Unread(), Unread()
    monkeypatch.setattr(sys, "stdout", unread[0].stream)
    monkeypatch.setattr(sys, "stderr", unread[1].stream)
    with standard_streams(left_out_json, IMPATIENT) as outputs:
        for output in outputs:
            output.write_line("x" * 100_000)
    assert patience == [IMPATIENT.closing_s, 0]
