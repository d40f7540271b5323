"""One way to say what was measured: a row, held against a reference or a limit, printed and written as JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COLUMNS = ("what", "ours", "reference", "ratio", "goal", "holds")


@dataclass(frozen=True)
class Row:
    """``ours`` and ``reference`` are in ``unit``. The goal is about their ratio, or about ``ours`` where there is
    no reference; without a goal the row only informs."""

    what: str
    unit: str
    ours: float
    reference: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours by the reference."""
        return None if self.reference is None else self.ours / self.reference

    @property
    def holds(self) -> bool | None:
        """Whether the goal is met, ``None`` if there is none."""
        judged = self.ours if self.ratio is None else self.ratio
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or judged <= self.at_most) and (self.at_least is None or judged >= self.at_least)

    @property
    def goal(self) -> str:
        """The goal for people."""
        unit = f" {self.unit}" if self.ratio is None else ""
        texts = [
            f"{sign} {limit:g}{unit}"
            for sign, limit in (("≤", self.at_most), ("≥", self.at_least))
            if limit is not None
        ]
        return ", ".join(texts)

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
        }

    def cells(self) -> tuple[str, ...]:
        """What the table shows, one text for each column."""
        verdict = {True: "yes", False: "NO", None: ""}[self.holds]
        return (
            self.what,
            _amount(self.ours, self.unit),
            _amount(self.reference, self.unit),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            self.goal,
            verdict,
        )


def printed(rows: Sequence[Row]) -> str:
    """The rows as a table for a terminal."""
    table = [_COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(_COLUMNS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in table
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def write_json(rows: Iterable[Row], path: Path) -> None:
    """The rows, and what they were measured on."""
    written = {"python": platform.python_version(), "rows": [row.as_json() for row in rows]}
    path.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n")


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
