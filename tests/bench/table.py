"""The result of a measurement: a row with a reference or a limit, printed and written as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COLUMNS = ("what", "ours", "yardstick", "ratio", "must", "holds", "moonshot", "reached")


@dataclass(frozen=True)
class Row:
    """``ours`` and ``reference`` are in ``unit``. The goal is about their ratio, or about ``ours`` where there is
    no reference; without a goal the row only informs. ``moonshot`` is a limit like the goal's, and further away."""

    what: str
    unit: str
    ours: float
    reference: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    moonshot: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours by the reference."""
        return None if self.reference is None else self.ours / self.reference

    @property
    def holds(self) -> bool | None:
        """Whether the goal is met, ``None`` if there is none."""
        limits = [self._keeps("≤", self.at_most), self._keeps("≥", self.at_least)]
        kept = [limit for limit in limits if limit is not None]
        return all(kept) if kept else None

    @property
    def reached(self) -> bool | None:
        """Whether the moonshot is met, ``None`` if there is none."""
        return self._keeps(self._direction, self.moonshot)

    @property
    def goal(self) -> str:
        """The goal for people."""
        return ", ".join(filter(None, (self._told("≤", self.at_most), self._told("≥", self.at_least))))

    @property
    def _direction(self) -> str:
        return "≤" if self.at_least is None else "≥"

    def _keeps(self, sign: str, limit: float | None) -> bool | None:
        if limit is None:
            return None
        judged = self.ours if self.ratio is None else self.ratio
        return judged <= limit if sign == "≤" else judged >= limit

    def _told(self, sign: str, limit: float | None) -> str:
        unit = f" {self.unit}".rstrip() if self.ratio is None else ""
        return "" if limit is None else f"{sign} {limit:,g}{unit}"

    def as_json(self) -> dict[str, Any]:
        """Everything, also what is derived."""
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": self.ours,
            "reference": self.reference,
            "ratio": self.ratio,
            "goal": self.goal,
            "holds": self.holds,
            "moonshot": self._told(self._direction, self.moonshot),
            "reached": self.reached,
        }

    def told(self) -> str:
        """What it is and what it must be, for people."""
        is_now = _amount(self.ours, self.unit) if self.ratio is None else f"{self.ratio:.2f}"
        return f"{self.what} is {is_now} and must be {self.goal}"

    def cells(self) -> tuple[str, ...]:
        """What the table shows, one text for each column."""
        return (
            self.what,
            _amount(self.ours, self.unit),
            _amount(self.reference, self.unit),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            self.goal,
            {True: "yes", False: "NO", None: ""}[self.holds],
            self._told(self._direction, self.moonshot),
            {True: "yes", False: "no", None: ""}[self.reached],
        )


def printed(rows: Sequence[Row]) -> str:
    """The rows as a table for a terminal."""
    table = [_COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(_COLUMNS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in table
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def missed(rows: Iterable[Row]) -> list[Row]:
    """The rows that do not hold their goal."""
    return [row for row in rows if row.holds is False]


def write_json(rows: Iterable[Row], path: Path, about: Mapping[str, Any]) -> None:
    """The rows, and what is to be known about them."""
    written = {**about, "rows": [row.as_json() for row in rows]}
    path.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n")


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,} {unit}".rstrip()
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
