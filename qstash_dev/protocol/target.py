"""A URL as a request needs it: where to connect, what to write into the request line, and what to sign."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import unquote

from qstash_dev.protocol.bounded_cache import BoundedCache
from qstash_dev.protocol.destination import wire_url

_URL = re.compile(r"(https?://[^/?#]*)([^#]*)", re.IGNORECASE)
_PLACE = re.compile(r"(https?)://(?:(.*)@)?(\[[^\]@]*\]|[^:@\[\]]+)(?::(\d{0,5}))?", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TARGETS_BYTES = 2_097_152
_TARGET_OVERHEAD_BYTES = 500


class Origin(NamedTuple):
    """Where to connect: scheme, host and port, which are all that a connection depends on."""

    tls: bool
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Target(NamedTuple):
    """``path`` is path and query as they go out, ``authorization`` the header that a user name in the URL stands for.

    ``subject`` is the URL that the destination sees and that is signed: scheme, ``Host`` and path, without the user
    name and the fragment, which stay with the caller. An empty path, which goes out as ``/``, stays empty in it.
    ``line`` is the same text for all that share an origin, and no other.
    """

    origin: Origin
    path: bytes
    host_header: bytes
    authorization: str | None
    subject: str
    line: str


class _Place(NamedTuple):
    origin: Origin
    host_header: bytes
    authorization: str | None
    seen: str
    line: str


def _place(written: str) -> _Place:
    match = _PLACE.fullmatch(written)
    if match is None:
        raise ValueError(f"'{written[:200]}' cannot be called")
    scheme, host = match[1].lower(), match[3].lower()
    port = int(match[4] or _DEFAULT_PORTS[scheme])
    if not 0 < port <= 65_535:
        raise ValueError(f"there is no port {port}")
    bare = unquote(host[1:-1]) if host.startswith("[") else host
    # The zone of an address means nothing to the other side.
    shown = f"[{bare.partition('%')[0]}]" if bare is not host else host
    if match[4]:
        shown += f":{port}"
    origin = Origin(scheme == "https", bare, port)
    return _Place(
        origin, shown.encode("ascii"), _authorization(match[2]), f"{scheme}://{shown}", f"{scheme}://{origin}"
    )


_places = BoundedCache(_place)


def _target(url: str) -> Target:
    match = _URL.match(wire_url(url))
    if match is None:
        raise ValueError(f"'{url[:200]}' cannot be called")
    written, rest = match.groups()
    origin, host_header, authorization, seen, line = _places[written]
    path = rest if rest.startswith("/") else "/" + rest
    return Target(origin, path.encode("ascii"), host_header, authorization, seen + path, line)


def _authorization(userinfo: str | None) -> str | None:
    if userinfo is None:
        return None
    user, _, password = userinfo.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}"
    return "Basic " + b64encode(pair.encode("utf-8")).decode("ascii")


def _weight(url: str) -> int:
    return 3 * len(url) + _TARGET_OVERHEAD_BYTES


target_of = BoundedCache(_target, _TARGETS_BYTES, _weight).__getitem__
"""Take a checked URL apart.

Raises:
    ValueError: it cannot be called.
"""
