"""``--map PATTERN=URL``: deliver what is published to one place at another, such as a local stand-in.

The message keeps its published URL everywhere else: in the API, the log and the signature's ``sub``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qstash_dev.protocol.destination import url_fault, wire_url

# With these the target sees the published host as the first part of the path.
_EVERYTHING = ("http://*", "https://*")


class Mapping(NamedTuple):
    """A pattern is a URL, with ``*`` at its end for every URL that begins so; the rest goes to the target's end."""

    pattern: str
    target: str

    def apply(self, url: str) -> str | None:
        """Where the URL goes instead, or ``None`` if the pattern does not fit."""
        if not self.pattern.endswith("*"):
            return self.target if url == self.pattern else None
        prefix = self.pattern[:-1]
        if not url.startswith(prefix):
            # `https://myapp.com/*` also means https://myapp.com itself.
            return self._joined("") if url == prefix.removesuffix("/") else None
        return self._joined(url[len(prefix) :])

    def _joined(self, rest: str) -> str:
        if self.target.endswith("*"):
            return self.target[:-1] + rest
        if not rest or rest.startswith("?"):
            return self.target + rest
        return self.target.rstrip("/") + "/" + rest.lstrip("/")


def parse_mapping(text: str) -> Mapping:
    """Reads ``PATTERN=URL``; the pattern may hold ``=`` itself.

    Raises:
        ValueError: naming what would be right.
    """
    for scheme in ("=http://", "=https://"):
        pattern, found, rest = text.rpartition(scheme)
        if found:
            target = scheme[1:] + rest
            break
    else:
        raise ValueError("use PATTERN=URL such as 'https://myapp.com/*=http://127.0.0.1:3000'")
    for url in (pattern, target):
        if "*" in url[:-1]:
            raise ValueError(f"'*' may only stand at the end of '{url}'")
        if url not in _EVERYTHING and (fault := url_fault(url.rstrip("*"))):
            raise ValueError(f"'{url}' is not a URL: {fault}")
    return Mapping(wire_url(pattern), wire_url(target))


def mapped_url(mappings: Sequence[Mapping], url: str) -> str:
    """Where a request for the URL goes: the first mapping that fits decides."""
    for mapping in mappings:
        target = mapping.apply(url)
        if target is not None:
            return target
    return url
