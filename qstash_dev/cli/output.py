"""Standard output and standard error that never stand in the server's way: nobody may read them, or they may be
closed, or another program may have made them non-blocking."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TextIO

LeftOut = Callable[[int], str]
_AGAIN_MS = 100


def wants_colour(stream: TextIO) -> bool:
    """Whether the stream is a terminal that shows colours (https://no-color.org, https://force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def ensure_std_streams() -> None:
    """Put something harmless where standard streams are closed: their numbers would go to our first sockets."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115


@dataclass(frozen=True, slots=True)
class OutputLimits:
    """``lines`` and ``characters`` may wait for a reader that lags; a line is cut into pieces of
    ``line_characters``. Lines gather for ``gathering_s``, and whoever reads has ``closing_s`` when all is said."""

    lines: int = 10_000
    characters: int = 8 * 1024 * 1024
    line_characters: int = 64 * 1024
    gathering_s: float = 0.02
    closing_s: float = 1.0


class Output:
    """Writes lines from a thread of its own: a pipe that nobody reads must not stop the server, nor the other stream.
    Lines gather for a moment that nobody sees, since waking the thread for each would take the server as long as a
    delivery does.

    ``left_out`` is the line that stands for so many others, when a reader lags by thousands of them.
    """

    def __init__(self, stream: TextIO, left_out: LeftOut, limits: OutputLimits | None = None) -> None:
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal's encoding lacks is no reason to fall silent.
            stream.reconfigure(errors="replace")
        self._stream = stream
        self._left_out = left_out
        self.limits = limits or OutputLimits()
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._number = _number(stream)
        self._waiting: SimpleQueue[str | None] = SimpleQueue()
        # No lock: what is written while another line is being put, as warnings may be, would wait for ever. Numbers
        # are a little off if two threads change them at once.
        self._dropped = self._told = self._put = self._taken = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="qstash-dev-output", daemon=True)
        self._thread.start()

    def later(self, line: str) -> None:
        """Write soon."""
        limits = self.limits
        if self._waiting.qsize() < limits.lines and self._put - self._taken < limits.characters:
            self._put += len(line)
            self._waiting.put(line)
        else:
            self._dropped += 1

    def close(self, patience_s: float | None = None) -> bool:
        """Write what is waiting, for ``closing_s`` at most; whether all of it was written."""
        self.end()
        self._thread.join(self.limits.closing_s if patience_s is None else patience_s)
        return not self._thread.is_alive()

    def end(self) -> None:
        """Let nothing follow what is waiting."""
        self._closing.set()
        self._waiting.put(None)

    def _write_all(self) -> None:
        closed, gathering_s = False, 0.0
        while not closed:
            lines = [self._waiting.get()]
            self._closing.wait(gathering_s)
            # Whoever waits for the first line has waited for the start already.
            gathering_s = self.limits.gathering_s
            lines += [self._waiting.get() for _ in range(self._waiting.qsize())]
            closed = None in lines
            said = [line for line in lines if line is not None]
            size = sum(map(len, said))
            if (dropped := self._dropped - self._told) > 0:
                said.append(self._left_out(dropped))
                self._told += dropped
            self._write("".join(f"{line}\n" for line in said))
            # What is being written is still kept.
            self._taken += size

    def _write(self, text: str) -> None:
        try:
            if self._number is None:
                self._stream.write(text)
                self._stream.flush()
            else:
                _write_fully(self._number, text.encode(self._encoding, "replace"))
        except (OSError, ValueError):
            # Whoever read our output is gone; the server is still wanted.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


class Lines(io.TextIOBase):
    """Stands for a standard stream: what anything in the process writes there, logging and warnings and tracebacks
    of others included, waits in an :class:`Output` until a line is complete."""

    def __init__(self, output: Output, stream: TextIO) -> None:
        self._output = output
        self._stream = stream
        self._begun = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream itself."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write soon, as soon as the line ends."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._output.later(line)
        if len(self._begun) > self._output.limits.line_characters:
            self._end_line()
        return len(text)

    def fileno(self) -> int:
        """That of the stream itself."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether the stream itself is a terminal."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """Always."""
        return True

    def end(self) -> None:
        """End the line that is begun, and let nothing follow what is waiting."""
        if self._begun:
            self._end_line()
        self._output.end()

    def _end_line(self) -> None:
        line, self._begun = self._begun, ""
        self._output.later(line)


@contextlib.contextmanager
def standard_streams(
    left_out_of_output: LeftOut, limits: OutputLimits | None = None
) -> Iterator[tuple[Output, Output]]:
    """Output and errors of this process, and :data:`sys.stdout` and :data:`sys.stderr` written through them. At the
    end what was said is written if somebody reads it."""
    streams = sys.stdout, sys.stderr
    outputs = Output(sys.stdout, left_out_of_output, limits), Output(sys.stderr, left_out, limits)
    lines = Lines(outputs[0], sys.stdout), Lines(outputs[1], sys.stderr)
    sys.stdout, sys.stderr = lines
    try:
        yield outputs
    finally:
        for one in lines:
            one.end()
        # Who is not read within the second of the first has had as long.
        outputs[1].close(None if outputs[0].close() else 0)
        sys.stdout, sys.stderr = streams


def left_out(lines: int) -> str:
    """The line for people that stands for so many others."""
    return f"({lines} lines left out: nobody read them in time)"


def _number(stream: TextIO) -> int | None:
    """The number to write to past the stream, whose lock a writer that waits for its reader would keep from the end
    of the process. ``None`` for what is no file, and for the console of Windows, which takes characters only."""
    try:
        stream.flush()
        return stream.fileno() if sys.platform != "win32" else None
    except (OSError, ValueError):
        return None


def _write_fully(number: int, data: bytes) -> None:
    """All of it, also where the other end has made it non-blocking, or takes a part at a time."""
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(number, left) :]
        except BlockingIOError:
            _wait_for_room(number)


def _wait_for_room(number: int) -> None:
    room = select.poll()
    room.register(number, select.POLLOUT)
    room.poll(_AGAIN_MS)
