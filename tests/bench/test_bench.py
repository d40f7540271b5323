"""The bench says what it measured, and still measures it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.bench import cold_start, day_of_a_schedule, life, plugin_collection, retries, run, server_per_test
from tests.bench.table import Row, printed, write_json

QUICK: dict[str, Callable[[], list[Row]]] = {
    "cold_start": partial(cold_start.rows, rounds=1),
    "server_per_test": partial(server_per_test.rows, rounds=1),
    "retries": partial(retries.rows, rounds=1),
    "day_of_a_schedule": partial(day_of_a_schedule.rows, rounds=1, deliveries=5, pieces=1),
    "plugin_collection": partial(plugin_collection.rows, rounds=1),
    **life.QUICK,
}


@pytest.mark.parametrize(
    ("row", "ratio", "goal", "holds"),
    [
        (Row("a", "ms", 4, at_most=5), None, "≤ 5 ms", True),
        (Row("a", "ms", 6, at_most=5), None, "≤ 5 ms", False),
        (Row("a", "/s", 70, 100, at_least=0.7), 0.7, "≥ 0.7", True),
        (Row("a", "/s", 69, 100, at_least=0.7), 0.69, "≥ 0.7", False),
        (Row("a", "ms", 15, 10, at_most=1.5, at_least=1), 1.5, "≤ 1.5, ≥ 1", True),
        (Row("a", "ms", 5, 10, at_most=1.5, at_least=1), 0.5, "≤ 1.5, ≥ 1", False),
        (Row("a", "ms", 5, 10), 0.5, "", None),
        (Row("a", "ms", 5), None, "", None),
    ],
)
def test_a_row_holds_its_goal_or_does_not(row: Row, ratio: float | None, goal: str, holds: bool | None) -> None:
    assert (row.ratio, row.goal, row.holds) == (ratio, goal, holds)


def test_the_table_is_aligned_and_shouts_what_does_not_hold() -> None:
    text = printed([Row("short", "ms", 1234.5, at_most=5), Row("much longer", "/s", 70, 100, at_least=0.7)])
    assert text.splitlines() == [
        "what         ours      reference  ratio  goal    holds",
        "------------------------------------------------------",
        "short        1,234 ms                    ≤ 5 ms  NO",
        "much longer  70.0 /s   100 /s     0.70   ≥ 0.7   yes",
    ]


def test_the_file_holds_every_row(tmp_path: Path) -> None:
    write_json([Row("a", "ms", 4, 8, at_most=1)], tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text())
    [row] = written["rows"]
    assert row == {"what": "a", "unit": "ms", "ours": 4, "reference": 8, "ratio": 0.5, "goal": "≤ 1", "holds": True}
    assert written["python"].startswith("3.")


def test_every_subject_is_tried_here() -> None:
    assert QUICK.keys() == run.SUBJECTS.keys()


@pytest.mark.parametrize("name", QUICK)
def test_a_subject_measures(name: str) -> None:
    for row in QUICK[name]():
        assert row.reference is None or row.reference > 0
        # What a plugin adds in a single round is lost in the noise.
        assert row.ours > 0 or name == "plugin_collection"
