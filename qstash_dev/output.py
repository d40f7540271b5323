"""Standard output that never stands in the server's way: nobody may read it, or it may be closed."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TextIO

LeftOut = Callable[[int], str]
_MAX_WAITING = 10_000
_CLOSING_S = 1.0
_GATHERING_S = 0.02


def wants_colour(stream: TextIO) -> bool:
    """Whether the stream is a terminal that shows colours (https://no-color.org, https://force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def hold_standard_streams() -> None:
    """Put something harmless where standard streams are closed: their numbers would go to our first sockets."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115


class Output:
    """Writes lines from a thread of its own: a pipe that nobody reads must not stop the server. Lines gather for a
    moment that nobody sees, since waking the thread for each would take the server as long as a delivery does.

    ``left_out`` is the line that stands for so many others, when a reader lags by thousands of them.
    """

    def __init__(self, stream: TextIO, left_out: LeftOut) -> None:
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal's encoding lacks is no reason to fall silent.
            stream.reconfigure(errors="replace")
        self._stream = stream
        self._left_out = left_out
        self._waiting: SimpleQueue[str | None] = SimpleQueue()
        # Each is changed by one thread only.
        self._dropped = self._told = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="qstash-dev-output", daemon=True)
        self._thread.start()

    def now(self, text: str) -> None:
        """Write and flush before returning."""
        self._write(text + "\n")

    def later(self, line: str) -> None:
        """Write soon."""
        if self._waiting.qsize() < _MAX_WAITING:
            self._waiting.put(line)
        else:
            self._dropped += 1

    def close(self) -> None:
        """Write what is waiting, for a second at most."""
        self._closing.set()
        self._waiting.put(None)
        self._thread.join(_CLOSING_S)

    def _write_all(self) -> None:
        closed = False
        while not closed:
            lines = [self._waiting.get()]
            self._closing.wait(_GATHERING_S)
            lines += [self._waiting.get() for _ in range(self._waiting.qsize())]
            closed = None in lines
            if (dropped := self._dropped - self._told) > 0:
                lines.append(self._left_out(dropped))
                self._told += dropped
            self._write("".join(f"{line}\n" for line in lines if line is not None))

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # Whoever read our output is gone; the server is still wanted.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
