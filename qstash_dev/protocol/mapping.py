"""Mappings of destinations: ``--map PATTERN=URL`` delivers messages for one URL to another, such as a local app.

Everything else shows the published URL: the API, the event log and, unless told otherwise, the claim ``sub`` of the
signature (https://upstash.com/docs/qstash/features/security).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from qstash_dev.protocol.destination import url_fault, wire_url
from qstash_dev.protocol.target import subject_as_written, target_of

CATCH_ALL = "*"
"""The pattern for every URL whose host is not this machine."""
_EVERY_HOST = ("http://*", "https://*")
_AUTHORITY = re.compile(r"https?://[^/?#]*", re.IGNORECASE)


class Side(StrEnum):
    """Which of the two URLs of a mapping is meant."""

    TARGET = "target"
    PUBLISHED = "published"


class Mapping(NamedTuple):
    pattern: str  #: a URL, the beginning of URLs and ``*``, ``https://*`` or ``*``
    target: str  #: where they go; the part of the URL that ``*`` stands for is appended
    host: Side | None = None  #: whose host the header ``Host`` has; ``None`` for what the server does by default
    sign: Side | None = None  #: which URL is signed; ``None`` for what the server does by default

    def apply(self, url: str) -> str | None:
        """The URL to call instead, or ``None`` if the pattern does not match."""
        pattern = self.pattern
        if not pattern.endswith("*"):
            return self.target if url == pattern else None
        prefix = pattern[:-1]
        if pattern == CATCH_ALL or pattern in _EVERY_HOST:
            authority = _AUTHORITY.match(url)
            if authority is None or url[: len(prefix)].lower() != prefix:
                return None
            return self._joined(url[authority.end() :].removeprefix("/"))
        if url.startswith(prefix):
            return self._joined(url[len(prefix) :])
        # `https://myapp.com/*` matches https://myapp.com and https://myapp.com?a=1 too.
        bare = prefix.removesuffix("/")
        return self._joined(url[len(bare) :]) if url == bare or url.startswith(f"{bare}?") else None

    def _joined(self, rest: str) -> str:
        if self.target.endswith("*"):
            return self.target[:-1] + rest
        if not rest or rest.startswith("?"):
            return self.target + rest
        return f"{self.target.removesuffix('/')}/{rest}"


class Route(NamedTuple):
    """How an attempt goes out to which a mapping applies."""

    url: str  #: the URL to call
    subject: str  #: the claim ``sub`` of the signature
    host: bytes | None  #: the header ``Host``; ``None`` for that of ``url``
    headers: dict[str, str]  #: what a proxy in front of an application would tell it


def route_of(mapping: Mapping, published: str, url: str) -> Route:
    """The route from the published URL to the one to call.

    A published URL without a path is signed without the ``/`` that is sent, as the receivers compare it on
    https://upstash.com/docs/qstash/quickstarts/aws-lambda/nodejs.

    Raises ValueError: a URL cannot be called.
    """
    target = target_of(published)
    headers = {
        "X-Forwarded-Host": target.host_header.decode("ascii"),
        "X-Forwarded-Proto": "https" if target.origin.tls else "http",
        "X-Forwarded-Port": str(target.origin.port),
    }
    subject = target_of(url).subject if mapping.sign == Side.TARGET else subject_as_written(published)
    return Route(url, subject, target.host_header if mapping.host == Side.PUBLISHED else None, headers)


def parse_mapping(text: str, host: Side | None = None, sign: Side | None = None) -> Mapping:
    """Parse ``PATTERN=URL``. The pattern may contain ``=``.

    Raises ValueError: a part is missing or not a URL, or paths would be garbled; says what would be right.
    """
    for scheme in ("=http://", "=https://"):
        pattern, found, rest = text.rpartition(scheme)
        if found:
            target = scheme[1:] + rest
            break
    else:
        raise ValueError("use PATTERN=URL such as 'https://myapp.com/*=http://127.0.0.1:3000'")
    everything = pattern == CATCH_ALL or pattern in _EVERY_HOST
    fault = None if everything else _fault(pattern)
    if fault := fault or _fault(target) or _garbling(pattern, target, everything=everything):
        raise ValueError(fault)
    return Mapping(wire_url(pattern), wire_url(target), host, sign)


def _fault(url: str) -> str | None:
    if "*" in url[:-1]:
        return f"'*' may only stand at the end of '{url}': map each host, or every host with 'https://*'"
    fault = url_fault(url.removesuffix("*"))
    return fault and f"'{url}' is not a URL: {fault}"


def _garbling(pattern: str, target: str, *, everything: bool) -> str | None:
    """What would be right instead of a mapping that leads to wrong hosts or paths."""
    if target.endswith("*") and _AUTHORITY.fullmatch(target):
        return f"'{target}' would change the host or the port: use '{target[:-1]}/*'"
    if not pattern.endswith("*"):
        return f"'*' stands for nothing in '{target}': end the pattern in '/*' as well" if target[-1] == "*" else None
    if not everything and _AUTHORITY.fullmatch(pattern):
        return f"'{pattern}' would also match other hosts and ports: use '{pattern[:-1]}/*'"
    whole = everything or pattern.endswith("/*")
    if target.endswith("*"):
        fits = whole == target.endswith("/*")
        return None if fits else f"'{pattern}' and '{target}' would garble paths: end both in '/*', or neither"
    if "?" in target or "#" in target:
        return f"paths would follow the query of '{target}': use a URL without query and fragment"
    return None if whole else f"'{pattern}' would garble paths: use '{pattern[:-1]}/*'"
