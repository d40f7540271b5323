"""The ``Host`` (RFC 9110, 7.2) and ``Origin`` (RFC 6454, 7) headers of requests to this server."""

from __future__ import annotations

import re
from ipaddress import ip_address

ANY = "*"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%\w]+\]|[^\s@/?#:\[\]]+)(?::\d*)?", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?", re.ASCII)
_ORIGIN = re.compile(r"(https?|[a-z][a-z0-9+.-]{1,40}-extension)://([^\s@/?#\\]{1,260})/?", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def host_name(host: str) -> str:
    """The name in a ``Host`` header in lower case, without port and brackets; empty if the header is malformed."""
    match = _HOST.fullmatch(host)
    return match[1].strip("[]").lower() if match else ""


def parse_allowed_host(text: str) -> str:
    """An allowed name of this server, without the port, or ``*`` for any.

    Raises ValueError: it is not a host name; says what would be right.
    """
    name = _address(text) or host_name(text)
    if text != ANY and not _PLAIN.fullmatch(name):
        raise ValueError(
            f"'{text[:100]}' is not the name of a host: use one such as qstash, without http:// and path"
        )
    return text if text == ANY else name


def parse_origin(text: str) -> str:
    """An origin as browsers send it: in lower case, without path and default port.

    Raises ValueError: it is not an origin; says what would be right.
    """
    match = _ORIGIN.fullmatch(text)
    if match is None or (text.lower().startswith("http") and not host_name(match[2])):
        reason = "with '*' any page on the web could use this server" if text == ANY else "an origin has no path"
        raise ValueError(f"'{text[:100]}' is not an origin: name each one, such as http://localhost:3000; {reason}")
    scheme, where = match[1].lower(), match[2].lower()
    return f"{scheme}://{where.removesuffix(_DEFAULT_PORTS.get(scheme, '/'))}"


def recommended_host(host: str) -> str | None:
    """The name to allow for this ``Host`` header; ``None`` if the name is not safe to paste into a shell."""
    name = host_name(host)
    return name if _PLAIN.fullmatch(name) else None


def recommended_origin(origin: str) -> str | None:
    """The origin to allow for this ``Origin`` header; ``None`` if it cannot be allowed."""
    try:
        parsed = parse_origin(origin)
    except ValueError:
        return None
    return parsed if _PLAIN.fullmatch(host_name(parsed.partition("://")[2])) else None


def _address(text: str) -> str | None:
    """The IP address in its shortest form, or ``None`` if the text is not an IP address."""
    try:
        return ip_address(text).compressed
    except ValueError:
        return None
