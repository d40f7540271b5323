"""All targets."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Sequence
from functools import cache

from hypothesis import strategies as st

from tests.fuzz import answer_reader, documents, reading, request_readers, texts, urls
from tests.fuzz.target import Target

TARGETS: list[Target] = [
    *texts.TARGETS,
    *documents.TARGETS,
    *reading.TARGETS,
    Target("answers of destinations", answer_reader.check, answer_reader.INPUTS),
    Target("URLs on the wire", urls.check, urls.INPUTS, urls.PIECES, steps_at_all=800_000),
]


@cache
def _readers() -> tuple[asyncio.Runner, request_readers.Readers]:
    runner = asyncio.Runner()
    readers = request_readers.Readers()
    runner.run(readers.__aenter__())
    atexit.register(lambda: (runner.run(readers.__aexit__(None, None, None)), runner.close()))
    return runner, readers


def _requests(case: tuple[bytes, Sequence[int], bool]) -> None:
    data, splits, ends = case
    runner, readers = _readers()
    runner.run(readers.check(data, splits, ends=ends))


REQUESTS = Target(
    "both readers of requests", _requests, st.tuples(request_readers.streams(), request_readers.SPLITS, st.booleans())
)
"""Starts servers, and has tests of its own in the suite."""
