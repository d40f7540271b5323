"""What a process that only serves asks of the system and of the interpreter. A server inside a test asks nothing."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_WANTED_FILES = 16_384
_OBJECTS_BEFORE_A_COLLECTION = 50_000
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@contextmanager
def fast_imports() -> Iterator[None]:
    """Import the server for this process alone, in four fifths of the time.

    aiohttp reads the certificates of the system while it is imported, twice, for its own client; deliveries do not
    use that client, and read them when they need them. And what is imported stays: there is no garbage to collect.
    """
    own = {name: os.environ.get(name) for name in _CERTIFICATES}
    os.environ.update(dict.fromkeys(_CERTIFICATES, os.devnull))
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        for name, value in own.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def raise_file_limit() -> None:
    """Allow as many open files, and so connections, as the system lets us have without asking anybody."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def spared_files(wanted: int) -> int:
    """How many files this process may open beside ``wanted`` of them, but at least half of what it may at all."""
    try:
        import resource
    except ImportError:
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(soft - wanted, soft // 2)


def preheat_malloc() -> None:
    """Have memory for reading from sockets at hand. asyncio asks for 256 KB at each read, which glibc gets from the
    system and gives back each time, until it has once seen a larger block come and go: a third of what it costs to
    accept a message."""
    bytearray(1024 * 1024)


def tune_gc() -> None:
    """Look for garbage less often: a hundred thousand waiting messages are none, and looking at each of them every
    few hundred requests would cost as much as the requests do."""
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_A_COLLECTION, 20, 100)
