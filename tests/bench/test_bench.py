"""The bench reports what it measures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.bench import (
    acceptance,
    backlog,
    burst,
    cold_start,
    day_of_a_schedule,
    end_to_end,
    exactly_once,
    latency,
    life,
    log_pages,
    memory,
    million,
    plugin_collection,
    retries,
    run,
    server_per_test,
    slow_neighbour,
    spread,
)
from tests.bench.about import explained, machine
from tests.bench.load.errors import Unreliable
from tests.bench.table import Row, missed, printed, write_json
from tests.environment import give_up

QUICK: dict[str, Callable[[], list[Row]]] = {
    "end_to_end": partial(end_to_end.rows, turns=1, window=300),
    "acceptance": partial(acceptance.rows, turns=1, window=300),
    "latency": partial(latency.rows, turns=1, window=3, per_s=100),
    "burst": partial(burst.rows, messages=20, rounds=1, ahead_s=2),
    "spread": partial(spread.rows, messages=20, per_s=100),
    "backlog": partial(backlog.rows, pending=500, few=50, turns=1, window=300, idle_s=0.01, past=20),
    "memory": partial(memory.rows, delivered=50),
    "slow_neighbour": partial(slow_neighbour.rows, slow=20, others=10, rounds=1, takes_s=0.1),
    "log_pages": partial(log_pages.rows, few=30, some=300, many=330, turns=1, asks=1),
    "exactly_once": partial(exactly_once.rows, messages=50),
    "million": partial(million.rows, messages=400, piece=200),
    "cold_start": partial(cold_start.rows, rounds=1),
    "server_per_test": partial(server_per_test.rows, rounds=1),
    "retries": partial(retries.rows, rounds=1),
    "day_of_a_schedule": partial(day_of_a_schedule.rows, rounds=1, deliveries=5, pieces=1),
    "plugin_collection": partial(plugin_collection.rows, rounds=1),
    **life.QUICK,
}
_FROM_OUTSIDE = run.SUBJECTS.keys() - {
    "cold_start",
    "day_of_a_schedule",
    "plugin_collection",
    "retries",
    "server_per_test",
    *life.SUBJECTS,
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
    fast = Row("much longer", "/s", 70.0, 100.0, at_least=0.7, moonshot=0.9)
    text = printed([Row("short", "ms", 1234.5, at_most=5, moonshot=2), fast, Row("none", "", 0, at_most=0)])
    assert text.splitlines() == [
        "what         ours      yardstick  ratio  must    holds  moonshot  reached",
        "-------------------------------------------------------------------------",
        "short        1,234 ms                    ≤ 5 ms  NO     ≤ 2 ms    no",
        "much longer  70.0 /s   100 /s     0.70   ≥ 0.7   yes    ≥ 0.9     no",
        "none         0                           ≤ 0     yes",
    ]


@pytest.mark.parametrize(
    ("row", "reached"),
    [
        (Row("a", "ms", 4, at_most=5, moonshot=3), False),
        (Row("a", "ms", 3, at_most=5, moonshot=3), True),
        (Row("a", "/s", 300, 100, at_least=1.4, moonshot=3), True),
        (Row("a", "/s", 299, 100, at_least=1.4, moonshot=3), False),
        (Row("a", "ms", 3, at_most=5), None),
    ],
)
def test_a_row_reaches_its_moonshot_or_does_not(row: Row, reached: bool | None) -> None:
    assert row.reached is reached


def test_rows_that_miss_their_goal_are_told_with_what_they_must_be() -> None:
    rows = [
        Row("a", "ms", 6, at_most=5),
        Row("b", "ms", 4, at_most=5),
        Row("c", "", 1),
        Row("d", "/s", 1, 2, at_least=1),
    ]
    assert [row.told() for row in missed(rows)] == ["a is 6 ms and must be ≤ 5 ms", "d is 0.50 and must be ≥ 1"]


def test_the_file_holds_every_row_and_what_it_was_measured_on(tmp_path: Path) -> None:
    write_json([Row("a", "ms", 4, 8, at_most=1, moonshot=0.5)], tmp_path / "bench.json", machine())
    written = json.loads((tmp_path / "bench.json").read_text())
    [row] = written.pop("rows")
    assert row == {
        "what": "a",
        "unit": "ms",
        "ours": 4,
        "reference": 8,
        "ratio": 0.5,
        "goal": "≤ 1",
        "holds": True,
        "moonshot": "≤ 0.5",
        "reached": True,
    }
    assert written == machine() | {"date": written["date"], "load": written["load"]}


@pytest.mark.parametrize(("quick", "told"), [(True, "the quick bench"), (False, "the whole bench")])
def test_the_bench_says_what_is_compared_and_where(quick: bool, told: str) -> None:
    text = explained(machine(), quick=quick)
    assert told in text.splitlines()[0]
    assert str(machine()["cpu"]) in text
    assert "tests/bench/relay.py" in text


@pytest.mark.parametrize(("load", "told"), [(0.4, False), (0.6, True)])
def test_the_bench_says_if_the_machine_is_busy(load: float, told: bool) -> None:
    text = explained(machine() | {"load": load, "cores": 2}, quick=False)
    assert ("THE MACHINE IS BUSY" in text) is told


def test_a_subject_that_fails_is_told_and_the_others_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fails() -> list[Row]:
        raise Unreliable("3 lost")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "SUBJECTS", {"bad": fails, "good": lambda: [Row("row", "ms", 6, at_most=5)]})
    assert run.main([]) == 1
    told, progress = capsys.readouterr()
    assert told.splitlines()[-2:] == [
        "MISSED: row is 6 ms and must be ≤ 5 ms",
        "NOT MEASURED: bad: Unreliable: 3 lost",
    ]
    assert [line.split()[-1] for line in progress.splitlines() if line] == ["bad", "good", "done"]
    written = json.loads((tmp_path / "bench.json").read_text())
    assert (len(written["rows"]), written["failed"]) == (1, {"bad": "Unreliable: 3 lost"})


def test_a_missed_goal_is_no_failure_since_machines_differ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "QUICK", {"slow": lambda: [Row("row", "ms", 6, at_most=5)]})
    assert run.main(["--quick"]) == 0
    assert json.loads((tmp_path / "bench-quick.json").read_text())["quick"] is True


def test_an_unknown_subject_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["--quick", "million"])
    assert f"there is no subject million: use any of {', '.join(run.QUICK)}" in capsys.readouterr().err


def test_every_subject_is_tried_here() -> None:
    assert QUICK.keys() == run.SUBJECTS.keys()
    assert run.QUICK.keys() <= run.SUBJECTS.keys()


@pytest.mark.parametrize("name", QUICK)
def test_a_subject_measures(name: str) -> None:
    if name in _FROM_OUTSIDE and sys.platform != "linux":
        give_up("only Linux tells the CPU time of another process to the nanosecond")
    for row in QUICK[name]():
        assert row.reference is None or row.reference > 0
        # What a plugin adds in a single round is lost in the noise, and nothing should go wrong or idle.
        assert row.ours > 0 or row.at_most == 0 or name in ("plugin_collection", "backlog", "burst", "spread")
