"""A URL as a request needs it: where to connect, what to write into the request line, and what to sign."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import unquote

from qstash_dev.protocol.destination import wire_url
from qstash_dev.protocol.remembered import Remembered

_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_PLACE = re.compile(r"(?:(.*)@)?(\[[^\]@]*\]|[^:@\[\]]*)(?::(\d{0,5}))?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TARGETS_BYTES = 2_097_152
_TARGET_OVERHEAD_BYTES = 700


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
    """

    origin: Origin
    path: bytes
    host_header: bytes
    authorization: str | None
    subject: str


def _target(url: str) -> Target:
    match = _URL.match(wire_url(url))
    place = _PLACE.fullmatch(match[2]) if match else None
    if match is None or place is None or not place[2]:
        raise ValueError(f"'{url[:200]}' cannot be called")
    scheme, rest = match[1].lower(), match[3]
    host, port = place[2].lower(), int(place[3] or _DEFAULT_PORTS[scheme])
    if not 0 < port <= 65_535:
        raise ValueError(f"there is no port {port}")
    bare = unquote(host[1:-1]) if host.startswith("[") else host
    # The zone of an address means nothing to the other side.
    shown = f"[{bare.partition('%')[0]}]" if bare is not host else host
    if place[3]:
        shown += f":{port}"
    path = rest if rest.startswith("/") else "/" + rest
    return Target(
        Origin(scheme == "https", bare, port),
        path.encode("ascii"),
        shown.encode("ascii"),
        _authorization(place[1]),
        f"{scheme}://{shown}{rest}",
    )


def _authorization(userinfo: str | None) -> str | None:
    if userinfo is None:
        return None
    user, _, password = userinfo.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}"
    return "Basic " + b64encode(pair.encode("utf-8")).decode("ascii")


def _weight(url: str) -> int:
    return 3 * len(url) + _TARGET_OVERHEAD_BYTES


target_of = Remembered(_target, _TARGETS_BYTES, _weight).__getitem__
"""Take a checked URL apart.

Raises:
    ValueError: it cannot be called.
"""
