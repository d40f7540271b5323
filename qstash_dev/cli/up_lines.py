"""Lines of output for applications that listen again, with ``--retry-when-up``."""

from __future__ import annotations

import click

from qstash_dev.cli.event_lines import json_object
from qstash_dev.cli.line_limiter import LineLimiter
from qstash_dev.protocol.target import Origin
from qstash_dev.protocol.wording import printable


class UpPrinter:
    """A subscriber that prints which application listens again."""

    def __init__(self, lines: LineLimiter, *, as_json: bool, colour: bool) -> None:
        self._lines = lines
        self._as_json = as_json
        self._colour = colour

    def __call__(self, origin: Origin, retries: int) -> None:
        """Print one line."""
        if self._as_json:
            self._lines.write_line(json_object(event="up", origin=str(origin), retries=retries))
            return
        if not self._lines.admits(("UP", origin), urgent=True):
            return
        what = click.style("UP", fg="green") if self._colour else "UP"
        due = "1 retry is due now" if retries == 1 else f"{retries:,} retries are due now"
        self._lines.write_line(f"{what} {printable(str(origin))} listens again: {due}")
