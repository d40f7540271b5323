"""The part of ``make fuzz`` that needs no server: every target in turn, for a given time.

An input that fails is printed, stored in ``build/fuzz/``, and tried first by the next run.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase

from tests.fuzz.all import REQUESTS, TARGETS
from tests.fuzz.target import Target, tried

KEPT = Path("build/fuzz")
_DATABASE = DirectoryBasedExampleDatabase(Path(".hypothesis/fuzz"))
_EXAMPLES = 100
_LENGTH = 4_000


def rounds(prove: Callable[[], None], seconds: float) -> int:
    """Prove it again and again, with other examples each time, at least once; returns how often."""
    end = time.monotonic() + seconds
    count = 0
    while count == 0 or time.monotonic() < end:
        prove()
        count += 1
    return count


def fuzz(target: Target, seconds: float) -> bool:
    """Try one target for so long; whether all went well."""
    proofs = {"any input is read or refused": target.property(tried(_EXAMPLES, _DATABASE))}
    if target.pieces:
        proofs["a text costs no more than its length"] = target.linear(tried(_EXAMPLES // 5, _DATABASE), _LENGTH)
    good = True
    for what, prove in proofs.items():
        try:
            count = rounds(prove, seconds / len(proofs))
        except Exception as error:
            good = False
            _keep(f"{target.name}: {what}", error)
        else:
            print(f"{target.name}: {what}: {count} rounds", flush=True)
    return good


def _keep(title: str, error: Exception) -> None:
    text = "".join(traceback.format_exception(error))
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{title.replace(' ', '-').replace(':', '')}.txt"
    path.write_text(text, "utf-8", "backslashreplace")
    print(f"FAILED {title}, kept in {path}\n{text}", file=sys.stderr, flush=True)


def main() -> None:
    """Parse the options and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--only", default="", help="targets with this in their name")
    options = parser.parse_args()
    targets = [target for target in (*TARGETS, REQUESTS) if options.only in target.name]
    failed = [target.name for target in targets if not fuzz(target, options.seconds / len(targets))]
    if failed or not targets:
        sys.exit(f"fuzzing failed: {', '.join(failed) or 'there is no such target'}")
    print("fuzzing of the parsers passed")


if __name__ == "__main__":
    main()
