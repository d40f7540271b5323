"""A check after every test of the test kit: no thread of a server is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


def left_over(before: set[threading.Thread]) -> set[threading.Thread]:
    """The threads that have come since, and do not end by themselves: one that has just answered needs a moment."""
    started = set(threading.enumerate()) - before
    for thread in started:
        thread.join(1)
    return {thread for thread in started if thread.is_alive()}


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert [thread for thread in left_over(before) if thread.name.startswith("qstash-dev")] == []
