"""``make bench``: what the server costs, mostly as ratios measured in one run. ``ARGS="latency"`` selects
subjects."""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

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
    server_per_test,
    slow_neighbour,
    spread,
)
from tests.bench.about import explained, machine
from tests.bench.load.errors import Unreliable
from tests.bench.table import Row, missed, printed, write_json

Subjects = Mapping[str, Callable[[], list[Row]]]
OUTPUT = Path("bench.json")
QUICK_OUTPUT = Path("bench-quick.json")
SUBJECTS: Subjects = {
    "end_to_end": end_to_end.rows,
    "acceptance": acceptance.rows,
    "latency": latency.rows,
    "burst": burst.rows,
    "spread": spread.rows,
    "backlog": backlog.rows,
    "memory": memory.rows,
    "slow_neighbour": slow_neighbour.rows,
    "log_pages": log_pages.rows,
    "cold_start": cold_start.rows,
    "exactly_once": exactly_once.rows,
    "million": million.rows,
    "server_per_test": server_per_test.rows,
    "retries": retries.rows,
    "day_of_a_schedule": day_of_a_schedule.rows,
    "plugin_collection": plugin_collection.rows,
    **life.SUBJECTS,
}
# The core rows, in a minute.
QUICK: Subjects = {
    "end_to_end": partial(end_to_end.rows, turns=6),
    "acceptance": partial(acceptance.rows, turns=16),
    "latency": partial(latency.rows, turns=3, window=60),
    "burst": partial(burst.rows, rounds=1),
    "backlog": partial(backlog.rows, turns=10, idle_s=2.0),
    "slow_neighbour": partial(slow_neighbour.rows, rounds=1),
    "exactly_once": partial(exactly_once.rows, messages=5_000),
}


@dataclass
class Measured:
    """The rows, and why subjects have none."""

    rows: list[Row] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def measure(subjects: Subjects) -> Measured:
    """Measure one subject after the other, telling the progress on standard error; one that fails has no rows."""
    measured, started_s = Measured(), time.monotonic()
    for name, rows in subjects.items():
        print(f"{time.monotonic() - started_s:5.0f} s  {name}", file=sys.stderr, flush=True)
        try:
            measured.rows += rows()
        except Exception as error:
            measured.failed[name] = f"{type(error).__name__}: {error}"
            if not isinstance(error, Unreliable):
                traceback.print_exc()
    print(f"{time.monotonic() - started_s:5.0f} s  done\n", file=sys.stderr, flush=True)
    return measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write ``bench.json``. The exit code tells whether everything could be measured, not how
    fast it was: that depends on the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only the core rows, in a minute")
    parser.add_argument("subjects", nargs="*", metavar="subject", help=f"any of {', '.join(SUBJECTS)}")
    given = parser.parse_args(arguments)
    known = QUICK if given.quick else SUBJECTS
    if unknown := [name for name in given.subjects if name not in known]:
        parser.error(f"there is no subject {unknown[0]}: use any of {', '.join(known)}")
    about = machine()
    print(explained(about, quick=given.quick), end="\n\n", flush=True)
    measured = measure({name: known[name] for name in given.subjects or known})
    print(printed(measured.rows))
    for row in missed(measured.rows):
        print(f"MISSED: {row.told()}")
    for name, reason in measured.failed.items():
        print(f"NOT MEASURED: {name}: {reason}")
    output = QUICK_OUTPUT if given.quick else OUTPUT
    write_json(measured.rows, output, about | {"quick": given.quick, "failed": measured.failed})
    return 1 if measured.failed else 0


def _end(*_: object) -> None:
    """End as after Ctrl-C, so that the servers are ended, too."""
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
