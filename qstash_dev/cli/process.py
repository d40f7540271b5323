"""Settings of the process and the interpreter for the command ``qstash-dev dev``. The test kit does not use them."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_WANTED_FILES = 16_384
_GC_THRESHOLD = 50_000
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@contextmanager
def fast_imports() -> Iterator[None]:
    """Import the server in four fifths of the time.

    While it is imported, aiohttp reads the certificates of the system twice, for its own client. Deliveries do not
    use that client, so inside this context the certificates are an empty file. The garbage collector is off, since
    imports leave no garbage.
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
    """Raise the limit on open files, and so on connections, as far as the system allows without privileges, up to
    16,384."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def spare_files(reserved: int) -> int:
    """How many files this process may open besides ``reserved`` ones, at least half of its limit on open files."""
    try:
        import resource
    except ImportError:
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(soft - reserved, soft // 2)


def tune_gc() -> None:
    """Run the garbage collector less often: to visit a hundred thousand waiting messages every few hundred requests
    would take as long as the requests."""
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 20, 100)
