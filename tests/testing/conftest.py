"""What every test of the test kit is held to: no thread of a server outlives it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    started = [thread for thread in threading.enumerate() if thread not in before]
    assert [thread for thread in started if thread.name.startswith("qstash-dev")] == []
