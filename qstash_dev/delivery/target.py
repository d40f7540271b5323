"""A URL as a request needs it: where to connect, and what to write into the request line."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

# Every byte the publisher wrote stays; only what a request line cannot carry is escaped.
_CARRIED = "%/:?#[]@!$&'()*+,;=~-._"


class Origin(NamedTuple):
    """Where to connect."""

    tls: bool
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Target(NamedTuple):
    """``path`` is path and query; ``authorization`` the header that a user name in the URL stands for."""

    origin: Origin
    path: bytes
    host_header: bytes
    authorization: str | None


@lru_cache(maxsize=1_024)
def target_of(url: str) -> Target:
    """Take a checked URL apart.

    Raises:
        ValueError: the host cannot be written as a domain name.
    """
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host = _ascii_host(unquote(parts.hostname or ""))
    origin = Origin(tls, host, parts.port or (443 if tls else 80))
    shown = f"[{host.partition('%')[0]}]" if ":" in host else host
    if parts.port is not None:
        shown += f":{parts.port}"
    return Target(origin, _path(url), shown.encode("ascii"), _authorization(parts.username, parts.password))


def _path(url: str) -> bytes:
    # urlsplit would drop the mark of an empty query.
    rest = url.partition("//")[2].partition("#")[0]
    start = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    path = rest[start:]
    return quote(path if path.startswith("/") else "/" + path, safe=_CARRIED).encode("ascii")


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"'{host}' is not a host name: {error}") from None


def _authorization(user: str | None, password: str | None) -> str | None:
    if user is None and password is None:
        return None
    pair = f"{unquote(user or '')}:{unquote(password or '')}"
    return "Basic " + b64encode(pair.encode("utf-8")).decode("ascii")
