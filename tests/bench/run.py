"""``make bench``: what the server costs, mostly as ratios taken in one run. ``ARGS="retries"`` chooses subjects."""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

from tests.bench import cold_start, day_of_a_schedule, life, plugin_collection, retries, server_per_test
from tests.bench.table import Row, printed, write_json

OUTPUT = Path("bench.json")
SUBJECTS = {
    "cold_start": cold_start.rows,
    "server_per_test": server_per_test.rows,
    "retries": retries.rows,
    "day_of_a_schedule": day_of_a_schedule.rows,
    "plugin_collection": plugin_collection.rows,
    **life.SUBJECTS,
}


def measure(names: list[str]) -> list[Row]:
    """The rows of these subjects, of all unless any are named."""
    return [row for name, rows in SUBJECTS.items() if not names or name in names for row in rows()]


def main() -> None:
    """Measure, print and write ``bench.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="subject", help=f"any of {', '.join(SUBJECTS)}")
    names = parser.parse_args().subjects
    if unknown := [name for name in names if name not in SUBJECTS]:
        parser.error(f"there is no subject {unknown[0]}: use any of {', '.join(SUBJECTS)}")
    print(f"Python {platform.python_version()}; medians, but for the plugin the smallest of each side", flush=True)
    rows = measure(names)
    print(printed(rows))
    write_json(rows, OUTPUT)


if __name__ == "__main__":
    main()
