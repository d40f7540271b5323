"""Standard output that never stands in the server's way: nobody may read it, or it may be closed."""

from __future__ import annotations

import contextlib
import io
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import TextIO

_MAX_QUEUED = 10_000
_CLOSING_S = 1.0


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
    """Writes lines from a thread of its own: a pipe that nobody reads must not stop the server.

    ``left_out`` is the line that stands for so many others, when a reader lags by thousands of them.
    """

    def __init__(self, stream: TextIO, left_out: Callable[[int], str]) -> None:
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal's encoding lacks is no reason to fall silent.
            stream.reconfigure(errors="replace")
        self._stream = stream
        self._left_out = left_out
        self._lines: queue.Queue[str | None] = queue.Queue(_MAX_QUEUED)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_all, name="qstash-dev-output", daemon=True)
        self._thread.start()

    def now(self, text: str) -> None:
        """Write and flush before returning."""
        self._write(text + "\n")

    def later(self, line: str) -> None:
        """Write soon."""
        if self._dropped:
            line = f"{self._left_out(self._dropped)}\n{line}"
        try:
            self._lines.put_nowait(line)
            self._dropped = 0
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what is queued, for a second at most."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(_CLOSING_S)

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            lines, ended = [line], False
            while not self._lines.empty():
                more = self._lines.get()
                if more is None:
                    ended = True
                    break
                lines.append(more)
            self._write("".join(f"{line}\n" for line in lines))
            if ended:
                return

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
