"""Standard output and standard error, written by threads, so that the server never waits for a pipe that is full,
closed or non-blocking."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import TextIO

from msgspec import Struct

LeftOut = Callable[[int], str]
_POLL_MS = 100


def ensure_std_streams() -> None:
    """Open the null device for each standard stream that is closed. Otherwise the first sockets would get their file
    descriptors."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115


class OutputLimits(Struct, frozen=True):
    """How much waits for a stream that is read slowly, and how long lines wait."""

    #: Lines that wait to be written; further ones are left out.
    lines: int = 10_000
    #: Characters in these lines.
    characters: int = 8 * 1024 * 1024
    #: Characters after which an unfinished line is written, followed by a line break.
    line_characters: int = 64 * 1024
    #: Seconds that lines wait to be written together with the next ones.
    gathering_s: float = 0.02
    #: Seconds at the end in which the lines that wait can be written.
    closing_s: float = 1.0


class Output:
    """Writes lines to a stream in a thread, so that a pipe that is not read stops neither the server nor the other
    stream.

    Lines are collected for a moment: to wake the thread for each line would take as long as a delivery. If too
    many lines or characters wait, further lines are left out; ``left_out`` makes the line that tells how many.
    """

    def __init__(self, stream: TextIO, left_out: LeftOut, limits: OutputLimits | None = None) -> None:
        if isinstance(stream, io.TextIOWrapper):
            # The encoding of the terminal may lack a character.
            stream.reconfigure(errors="replace")
        self._stream = stream
        self._left_out = left_out
        self.limits = limits or OutputLimits()
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._descriptor = _descriptor(stream)
        self._waiting: SimpleQueue[str | None] = SimpleQueue()
        # No lock: a warning that Python prints inside write_line would wait for it without end. If two threads change
        # the counts at once, they are slightly wrong.
        self._dropped = self._reported = self._put = self._taken = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="qstash-dev-output", daemon=True)
        self._thread.start()

    def write_line(self, line: str) -> None:
        """Let the thread write the line. Never blocks."""
        limits = self.limits
        if self._waiting.qsize() < limits.lines and self._put - self._taken < limits.characters:
            self._put += len(line)
            self._waiting.put(line)
        else:
            self._dropped += 1

    def close(self, timeout_s: float | None = None) -> bool:
        """Write the lines that wait, for at most ``timeout_s``, by default ``closing_s`` of the limits. Returns
        whether all were written."""
        self.end()
        self._thread.join(self.limits.closing_s if timeout_s is None else timeout_s)
        return not self._thread.is_alive()

    def end(self) -> None:
        """Let the thread end after the lines that wait."""
        self._closing.set()
        self._waiting.put(None)

    def _write_all(self) -> None:
        closed, gathering_s = False, 0.0
        while not closed:
            lines = [self._waiting.get()]
            self._closing.wait(gathering_s)
            # Only the first line is written without delay: programs wait for it at the start.
            gathering_s = self.limits.gathering_s
            lines += [self._waiting.get() for _ in range(self._waiting.qsize())]
            closed = None in lines
            texts = [line for line in lines if line is not None]
            size = sum(map(len, texts))
            if (dropped := self._dropped - self._reported) > 0:
                texts.append(self._left_out(dropped))
                self._reported += dropped
            self._write("".join(f"{line}\n" for line in texts))
            # After writing: until then the lines occupy memory.
            self._taken += size

    def _write(self, text: str) -> None:
        try:
            if self._descriptor is None:
                self._stream.write(text)
                self._stream.flush()
            else:
                _write_fully(self._descriptor, text.encode(self._encoding, "replace"))
        except (OSError, ValueError):
            # The reader has closed the pipe. The server goes on without output.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


class Lines(io.TextIOBase):
    """Replaces a standard stream: each line that is printed, logged or warned of in this process goes to an
    :class:`Output` when it is complete."""

    def __init__(self, output: Output, stream: TextIO) -> None:
        self._output = output
        self._stream = stream
        self._begun = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the replaced stream."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Pass complete lines to the output. Returns the number of characters."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._output.write_line(line)
        if len(self._begun) > self._output.limits.line_characters:
            self._end_line()
        return len(text)

    def fileno(self) -> int:
        """That of the replaced stream."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether the replaced stream is a terminal."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """True."""
        return True

    def end(self) -> None:
        """Write an incomplete line, then let the thread end."""
        if self._begun:
            self._end_line()
        self._output.end()

    def _end_line(self) -> None:
        line, self._begun = self._begun, ""
        self._output.write_line(line)


@contextlib.contextmanager
def standard_streams(
    left_out_of_output: LeftOut, limits: OutputLimits | None = None
) -> Iterator[tuple[Output, Output]]:
    """Standard output and standard error as outputs, through which :data:`sys.stdout` and :data:`sys.stderr` are
    written as well. At the end the lines that wait are written, for at most ``OutputLimits.closing_s``."""
    streams = sys.stdout, sys.stderr
    outputs = Output(sys.stdout, left_out_of_output, limits), Output(sys.stderr, left_out, limits)
    lines = Lines(outputs[0], sys.stdout), Lines(outputs[1], sys.stderr)
    sys.stdout, sys.stderr = lines
    try:
        yield outputs
    finally:
        for one in lines:
            one.end()
        # Standard error has had the same second if standard output has used all of it.
        outputs[1].close(None if outputs[0].close() else 0)
        sys.stdout, sys.stderr = streams


def left_out(lines: int) -> str:
    """The line that replaces ``lines`` others."""
    return f"({lines} lines left out: the output is read too slowly)"


def _descriptor(stream: TextIO) -> int | None:
    """The file descriptor of the stream, to write to it directly: a thread that waits inside the stream would hold
    its lock when the process ends. ``None`` for a stream that is not a file, and on Windows, whose console takes
    characters."""
    try:
        stream.flush()
        return stream.fileno() if sys.platform != "win32" else None
    except (OSError, ValueError):
        return None


def _write_fully(descriptor: int, data: bytes) -> None:
    """Write all bytes, also if the descriptor is non-blocking or takes only a part at a time."""
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            _wait_for_room(descriptor)


def _wait_for_room(descriptor: int) -> None:
    room = select.poll()
    room.register(descriptor, select.POLLOUT)
    room.poll(_POLL_MS)
