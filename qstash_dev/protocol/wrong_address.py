"""Errors for paths that do not exist because a client has a wrong ``QSTASH_URL``.

https://upstash.com/docs/qstash/howto/local-development: the address of the server, without ``/v2``.
"""

from __future__ import annotations

import re

from qstash_dev.protocol import errors
from qstash_dev.protocol.errors import ErrorText

# A client appends /v2 to QSTASH_URL, even if that has a path.
_TWICE = re.compile(r"/v[12](?:/(?:publish|enqueue|batch|schedules|trigger|messages|dlq))?/v[12](?:/|$)", re.ASCII)
_OLD = re.compile(r"/v1(?:/|$)", re.ASCII)
_HOSTED_ONLY = re.compile(r"/llm(?:/|$)", re.ASCII)
_NESTED = re.compile(r"/*v[12]/", re.ASCII)


def wrong_address_error(path: str) -> ErrorText | None:
    """The error for a path that shows a wrong ``QSTASH_URL``; ``None`` for any other path."""
    if path.startswith("//"):
        return errors.TWO_SLASHES
    if _TWICE.match(path):
        return errors.PATH_TWICE
    if _HOSTED_ONLY.match(path):
        return errors.LEGACY_ROUTE
    return errors.OLD_API if _OLD.match(path) else None


def is_own_path(destination: str) -> bool:
    """Whether a destination begins like a path of the API, which no destination does."""
    return _NESTED.match(destination) is not None
