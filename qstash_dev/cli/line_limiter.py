"""The limit on how many lines people get in a second, shared by all printers of a terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from qstash_dev.cli.output import Output
from qstash_dev.protocol.wording import printable

Kind = tuple[object, ...]
"""What lines have in common, such as the status and the origin of failed attempts. Only the kinds that the line about
left out lines names are made text."""
Later = Callable[[float, Callable[[], None]], object]
"""Calls a function after a number of seconds of real time."""
_SECOND_S = 1.0
_MAX_CHARACTERS = 80


class LineLimits(Struct, frozen=True):
    """How many lines people get."""

    #: Lines in any second, the one about left out lines included.
    lines: int = 60
    #: Those of them that are free only for the first line of an urgent kind.
    for_firsts: int = 20
    #: Kinds that are remembered.
    kinds: int = 1_000
    #: Kinds that the line about left out lines names.
    named: int = 4


class LineLimiter:
    """Lets printers write a limited number of lines in any second, and tells in one line what was left out.

    A printer asks :meth:`admits` before it makes a line, so that a line that is left out costs nothing. Lines that it
    does not ask for are always written.
    """

    def __init__(
        self, output: Output, monotonic_s: Callable[[], float], later: Later, limits: LineLimits | None = None
    ) -> None:
        self._output = output
        self._monotonic_s = monotonic_s
        self._later = later
        self._limits = limits or LineLimits()
        # The last place belongs to the line about left out lines.
        self._most = self._limits.lines - 1
        self._most_usual = self._most - self._limits.for_firsts
        self._written_s = deque[float](maxlen=self._limits.lines)
        self._seen_s: dict[Kind, float] = {}
        self._left_out: dict[Kind, int] = {}
        self._total_left_out = 0

    def write_line(self, line: str) -> None:
        """Write a line. It counts, but it is never left out."""
        self._written_s.append(self._monotonic_s())
        self._output.write_line(line)

    def admits(self, kind: Kind, *, urgent: bool = False) -> bool:
        """Whether a line of this kind may be written now; one that may not is counted.

        The first line of an ``urgent`` kind within a second has priority: places are kept for it.
        """
        written_s = self._written_s
        most = self._most if urgent and self.is_first(kind) else self._most_usual
        if len(written_s) < most or self._monotonic_s() - written_s[-most] >= _SECOND_S:
            return True
        self._leave_out(kind)
        return False

    def is_first(self, kind: Kind) -> bool:
        """Whether it was not asked for this kind within the last second."""
        now_s = self._monotonic_s()
        seen_s = self._seen_s.get(kind)
        if seen_s is not None and now_s - seen_s < _SECOND_S:
            return False
        if seen_s is None and len(self._seen_s) >= self._limits.kinds:
            self._seen_s.clear()
        self._seen_s[kind] = now_s
        return True

    def tell_left_out(self) -> None:
        """Write the line about what was left out, if anything was."""
        if self._total_left_out:
            self.write_line(_left_out_line(self._total_left_out, self._left_out, self._limits.named))
            self._left_out, self._total_left_out = {}, 0

    def _leave_out(self, kind: Kind) -> None:
        if not self._total_left_out:
            # One timer for all lines of a second.
            self._later(_SECOND_S, self.tell_left_out)
        self._total_left_out += 1
        count = self._left_out.get(kind, 0)
        if count or len(self._left_out) < self._limits.kinds:
            self._left_out[kind] = count + 1


def _left_out_line(total: int, counts: dict[Kind, int], named: int) -> str:
    often = sorted(counts.items(), key=lambda item: -item[1])[:named]
    texts = [f"{count:,} × {_text(kind)}" for kind, count in often]
    if rest := total - sum(count for _, count in often):
        texts.append(f"{rest:,} × other")
    return (
        f"… {total:,} more {'line' if total == 1 else 'lines'} in this second: {', '.join(texts)} (--json prints all)"
    )


def _text(kind: Kind) -> str:
    return printable(" ".join(str(part) for part in kind if part))[:_MAX_CHARACTERS]
