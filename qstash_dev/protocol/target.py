"""The request target of a URL (RFC 9112, 3.2): where to connect, the request line, and the URL to sign."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import unquote

from qstash_dev.protocol.bounded_cache import BoundedCache
from qstash_dev.protocol.destination import wire_url

_URL = re.compile(r"(https?://[^/?#]*)([^#]*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(https?)://(?:(.*)@)?(\[[^\]@]*\]|[^:@\[\]]+)(?::(\d{0,5}))?", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TARGETS_BYTES = 2_097_152
_TARGET_OVERHEAD_BYTES = 500


class Origin(NamedTuple):
    """The scheme, host and port of a URL (RFC 6454): connections are shared by origin."""

    tls: bool
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Target(NamedTuple):
    """A URL, split for a request."""

    origin: Origin
    path: bytes  #: path and query, for the request line
    host_header: bytes
    authorization: str | None  #: Basic authentication for the user name and password in the URL
    subject: str  #: the claim ``sub``: the URL without user name, password and fragment
    origin_key: str  #: the origin as text, equal for URLs with the same origin


class _Authority(NamedTuple):
    origin: Origin
    host_header: bytes
    authorization: str | None
    subject: str
    origin_key: str


def _authority(text: str) -> _Authority:
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text[:200]}' cannot be called")
    scheme, host = match[1].lower(), match[3].lower()
    port = int(match[4] or _DEFAULT_PORTS[scheme])
    if not 0 < port <= 65_535:
        raise ValueError(f"there is no port {port}")
    bare = unquote(host[1:-1]) if host.startswith("[") else host
    # The zone of an IPv6 address is only valid on this machine (RFC 6874).
    shown = f"[{bare.partition('%')[0]}]" if bare is not host else host
    if match[4]:
        shown += f":{port}"
    origin = Origin(scheme == "https", bare, port)
    return _Authority(
        origin, shown.encode("ascii"), _authorization(match[2]), f"{scheme}://{shown}", f"{scheme}://{origin}"
    )


_authorities = BoundedCache(_authority)


def _target(url: str) -> Target:
    match = _URL.match(wire_url(url))
    if match is None:
        raise ValueError(f"'{url[:200]}' cannot be called")
    authority, rest = match.groups()
    origin, host_header, authorization, subject, origin_key = _authorities[authority]
    path = rest if rest.startswith("/") else "/" + rest
    return Target(origin, path.encode("ascii"), host_header, authorization, subject + path, origin_key)


def _authorization(userinfo: str | None) -> str | None:
    if userinfo is None:
        return None
    user, _, password = userinfo.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}"
    return "Basic " + b64encode(pair.encode("utf-8")).decode("ascii")


def _weight(url: str) -> int:
    return 3 * len(url) + _TARGET_OVERHEAD_BYTES


def subject_as_written(url: str) -> str:
    """The claim ``sub`` of a URL, without the ``/`` that is sent if it has no path.

    Raises ValueError: the URL cannot be called.
    """
    target, match = target_of(url), _URL.match(wire_url(url))
    if match is None or match[2].startswith("/"):
        return target.subject
    return target.subject.removesuffix(target.path.decode("ascii")) + match[2]


target_of = BoundedCache(_target, _TARGETS_BYTES, _weight).__getitem__
"""Split a checked URL for a request. Raises ValueError: the URL cannot be called."""
