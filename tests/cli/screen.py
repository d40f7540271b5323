"""The output of printers in memory, with a time of its own for the limit on lines."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

from qstash_dev.cli.event_lines import EventPrinter
from qstash_dev.cli.line_limiter import LineLimiter, LineLimits
from qstash_dev.cli.output import Output, left_out
from qstash_dev.server import Server

CONSOLE = "http://127.0.0.1:8080/"


class _Watched(Output):
    wrote: Callable[[], None]

    def write_line(self, line: str) -> None:
        self.wrote()
        super().write_line(line)


class Screen:
    """``lines`` is given to printers; :meth:`shown` is what they have written, and ``written_s`` when they did. Time
    stands still but for :meth:`wait`."""

    def __init__(self, limits: LineLimits | None = None) -> None:
        self.now_s = 0.0
        self.written_s: list[float] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self._stream = StringIO()
        self._output = _Watched(self._stream, left_out)
        self._output.wrote = lambda: self.written_s.append(self.now_s)
        self.lines = LineLimiter(self._output, lambda: self.now_s, self._later, limits)

    def wait(self, seconds: float) -> None:
        """Let time pass, and call what is due."""
        self.now_s += seconds
        due = [call for at_s, call in self.timers if at_s <= self.now_s]
        self.timers = [timer for timer in self.timers if timer[0] > self.now_s]
        for call in due:
            call()

    def watch(
        self,
        server: Server,
        user: int = 0,
        *,
        every_event: bool = False,
        as_json: bool = False,
        colour: bool = False,
    ) -> None:
        """Print what this user does from now on."""
        tenant = server.broker.tenants.all()[user]
        printer = EventPrinter(
            self.lines, tenant.user, CONSOLE, every_event=every_event, as_json=as_json, colour=colour
        )
        tenant.log.subscribers.append(printer)

    def shown(self) -> list[str]:
        """All lines; nothing can be written after that."""
        self._output.close()
        return self._stream.getvalue().split("\n")[:-1]

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self.timers.append((self.now_s + seconds, call))
