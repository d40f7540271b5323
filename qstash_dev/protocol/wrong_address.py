"""Paths that nothing is served under because a client was given a wrong address."""

from __future__ import annotations

import re

from qstash_dev.protocol import errors
from qstash_dev.protocol.errors import ErrorText

# A client puts /v2 behind QSTASH_URL, whatever is in it.
_TWICE = re.compile(r"/v[12](?:/(?:publish|enqueue|batch|schedules|trigger|messages|dlq))?/v[12](?:/|$)", re.ASCII)
_OLD = re.compile(r"/v1(?:/|$)", re.ASCII)
_HOSTED_ONLY = re.compile(r"/llm(?:/|$)", re.ASCII)
_NESTED = re.compile(r"/*v[12]/", re.ASCII)


def misdirection(path: str) -> ErrorText | None:
    """The row that says what is wrong with the address of which this path is a part, if anything is."""
    if path.startswith("//"):
        return errors.TWO_SLASHES
    if _TWICE.match(path):
        return errors.PATH_TWICE
    if _HOSTED_ONLY.match(path):
        return errors.LEGACY_ROUTE
    return errors.OLD_API if _OLD.match(path) else None


def is_own_path(destination: str) -> bool:
    """Whether a destination begins as a path of the API itself does, which no destination can."""
    return _NESTED.match(destination) is not None
