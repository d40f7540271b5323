"""Lines of output for refused API calls: as text for a terminal, or as JSON for programs."""

from __future__ import annotations

import asyncio

import click
import msgspec

from qstash_dev.api.dev.refusals import shown_refusal
from qstash_dev.cli.event_lines import json_object, local_time
from qstash_dev.cli.line_limiter import Later, LineLimiter
from qstash_dev.protocol.wording import printable
from qstash_dev.state.refusals import MERGED_MS, Refusal
from qstash_dev.state.tenant import USERS

# Refusals whose count is still to be told. With more of them, the counts of the others are in the list only.
_MOST_COUNTED = 1_000


class RefusalPrinter:
    """A subscriber of refused calls that prints a line for each.

    On a terminal a refusal that comes again is not printed again; its count is, 10 seconds later. Calls that ask for
    what does not exist are printed only if ``polling``. Programs get a line for each call.
    """

    def __init__(
        self, lines: LineLimiter, *, polling: bool, as_json: bool, colour: bool, later: Later | None = None
    ) -> None:
        """``later`` calls a function after a number of seconds, by default as the event loop does."""
        self._lines = lines
        self._polling = polling
        self._as_json = as_json
        self._colour = colour
        self._later = later or asyncio.get_running_loop().call_later
        self._counted: set[Refusal] = set()

    def __call__(self, refusal: Refusal) -> None:
        """Print one refused call, unless its line has been printed already."""
        if self._as_json:
            self._lines.write_line(refusal_json(refusal))
        elif refusal.is_polling and not self._polling:
            return
        elif refusal.count == 1:
            self._print(refusal)
        elif refusal not in self._counted and len(self._counted) < _MOST_COUNTED:
            self._counted.add(refusal)
            self._later(MERGED_MS / 1_000, lambda: self._count(refusal))

    def _count(self, refusal: Refusal) -> None:
        self._counted.discard(refusal)
        self._print(refusal)

    def _print(self, refusal: Refusal) -> None:
        if self._lines.admits((refusal.status, refusal.field), urgent=True):
            self._lines.write_line(refusal_line(refusal, colour=self._colour))


def refusal_line(refusal: Refusal, *, colour: bool) -> str:
    """A refused call as a line of text: time, status, method, path, number of calls, user, error, what to do."""
    status = click.style(str(refusal.status), fg="red") if colour else str(refusal.status)
    parts = [local_time(refusal.last_ms, "%H:%M:%S"), status, refusal.method or "unreadable request", refusal.path]
    parts.append(f"×{refusal.count}" if refusal.count > 1 else "")
    parts.append(f"[{refusal.user_id}]" if refusal.user_id not in ("", USERS[0].id) else "")
    token = f" (the token begins with {refusal.token_start})" if refusal.token_start else ""
    # The status alone may have control characters, those of its colour.
    where = " ".join([*parts[:2], *(printable(part) for part in parts[2:] if part)])
    return f"{where}: {printable(refusal.sentence + token)}"


def refusal_json(refusal: Refusal) -> str:
    """A refused call as a JSON object."""
    return json_object(event="refusal", **msgspec.to_builtins(shown_refusal(refusal)))
