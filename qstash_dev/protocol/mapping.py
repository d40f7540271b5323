"""Mappings of destinations: ``--map PATTERN=URL`` delivers messages for one URL to another, such as a local app.

Everything else shows the published URL: the API, the event log and the claim ``sub`` of the signature.
"""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.protocol.destination import url_fault, wire_url

# Patterns for all URLs: the published host becomes the first part of the path.
_EVERYTHING = ("http://*", "https://*")


class Mapping(NamedTuple):
    pattern: str  #: a URL, or the beginning of URLs and ``*``
    target: str  #: where they go; the part of the URL that ``*`` stands for is appended

    def apply(self, url: str) -> str | None:
        """The URL to call instead, or ``None`` if the pattern does not match."""
        if not self.pattern.endswith("*"):
            return self.target if url == self.pattern else None
        prefix = self.pattern[:-1]
        if not url.startswith(prefix):
            # `https://myapp.com/*` matches https://myapp.com too.
            return self._joined("") if url == prefix.removesuffix("/") else None
        return self._joined(url[len(prefix) :])

    def _joined(self, rest: str) -> str:
        if self.target.endswith("*"):
            return self.target[:-1] + rest
        if not rest or rest.startswith("?"):
            return self.target + rest
        return self.target.rstrip("/") + "/" + rest.lstrip("/")


def parse_mapping(text: str) -> Mapping:
    """Parse ``PATTERN=URL``. The pattern may contain ``=``.

    Raises ValueError: a part is missing or not a URL; says what would be right.
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
