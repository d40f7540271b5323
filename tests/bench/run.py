"""``make bench``: what the server costs, as ratios taken in one run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.bench import cold_start

OUTPUT = Path("bench.json")


def main() -> None:
    """Measure, print and write ``bench.json``."""
    figures = {"cold_start": cold_start.measure()}
    start = figures["cold_start"]
    print(f"Python {sys.version.split()[0]}")
    print(f"start to first answer   {start['server_ms']:7.1f} ms")
    print(f"python -c import aiohttp{start['import_aiohttp_ms']:7.1f} ms")
    print(f"ratio                   {start['ratio']:7.2f}    (must stay below 1.50)")
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
