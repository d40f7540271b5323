"""Names of hosts as ``Host`` headers have them, and origins of web pages as browsers send them."""

from __future__ import annotations

import re
from ipaddress import ip_address

ANY = "*"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%\w]+\]|[^\s@/?#:\[\]]+)(?::\d*)?", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}\]?", re.ASCII)
_ORIGIN = re.compile(r"(https?|[a-z][a-z0-9+.-]{1,40}-extension)://([^\s@/?#\\]{1,260})/?", re.ASCII | re.IGNORECASE)
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def host_name(host: str) -> str:
    """The name in a ``Host`` header, in lower case, without port and brackets; empty if it is malformed."""
    match = _HOST.fullmatch(host)
    return match[1].strip("[]").lower() if match else ""


def parse_allowed_host(text: str) -> str:
    """A name that clients may call the server by, ``*`` for any. A port is left out: it makes no difference.

    Raises:
        ValueError: with the right form.
    """
    name = _address(text) or host_name(text)
    if text != ANY and not _PLAIN.fullmatch(name):
        raise ValueError(
            f"'{text[:100]}' is not the name of a host: use one such as qstash, without http:// and path"
        )
    return text if text == ANY else name


def parse_origin(text: str) -> str:
    """An origin in lower case, as browsers send it: without a path, and without the port that its scheme has anyway.

    Raises:
        ValueError: with the right form.
    """
    match = _ORIGIN.fullmatch(text)
    if match is None or (text.lower().startswith("http") and not host_name(match[2])):
        reason = "with '*' any page on the web could use this server" if text == ANY else "an origin has no path"
        raise ValueError(f"'{text[:100]}' is not an origin: name each one, such as http://localhost:3000; {reason}")
    scheme, where = match[1].lower(), match[2].lower()
    return f"{scheme}://{where.removesuffix(_DEFAULT_PORTS.get(scheme, '/'))}"


def recommended_host(host: str) -> str | None:
    """What to allow for this ``Host`` header; ``None`` for what could do harm where it is pasted."""
    name = host_name(host)
    return name if _PLAIN.fullmatch(name) else None


def recommended_origin(origin: str) -> str | None:
    """What to allow for this ``Origin`` header; ``None`` for what cannot be allowed."""
    try:
        parsed = parse_origin(origin)
    except ValueError:
        return None
    return parsed if _PLAIN.fullmatch(host_name(parsed.partition("://")[2])) else None


def _address(text: str) -> str | None:
    """An address of version 6 without its brackets."""
    try:
        return ip_address(text).compressed
    except ValueError:
        return None
