"""What a process that only serves asks of the system and of the interpreter. A server inside a test asks nothing."""

from __future__ import annotations

import gc

_WANTED_FILES = 16_384
_OBJECTS_BEFORE_A_COLLECTION = 50_000


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


def keep_memory_of_reads() -> None:
    """Have memory for reading from sockets at hand. asyncio asks for 256 KB at each read, which glibc gets from the
    system and gives back each time, until it has once seen a larger block come and go: a third of what it costs to
    accept a message."""
    bytearray(1024 * 1024)


def spare_the_collector() -> None:
    """Look for garbage less often: a hundred thousand waiting messages are none, and looking at each of them every
    few hundred requests would cost as much as the requests do."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_A_COLLECTION, 20, 100)
