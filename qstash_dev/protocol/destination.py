"""Destinations: an ``http(s)`` URL kept as the client wrote it, or the name of a URL group.

What a request line cannot carry is percent-encoded here, once, so that the URL is the same for whoever publishes it,
for the wire and for the signature.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from qstash_dev.protocol import errors

NAME = re.compile(r"[A-Za-z0-9._-]{1,256}", re.ASCII)
"""Names of URL groups, queues and schedules (OpenAPI)."""

MAX_LENGTH = 16_384
_TOO_LONG = f"use at most {MAX_LENGTH} characters"
_SCHEME = re.compile(r"https?:/", re.IGNORECASE)
_ENCODED_SCHEME = re.compile(r"https?(%3a|:%2f|:/%2f)", re.IGNORECASE)
_COLLAPSED = re.compile(r"https?:/(?!/)", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=-]+", re.ASCII)
_BRACKETED = re.compile(r"\[[!-Z^-~]+\]", re.ASCII)
_MAX_HOST_LENGTH = 253
_MAX_PORT_LENGTH = len(":65535")
_MAX_REASON_LENGTH = 200
_PORT = re.compile(r":\d*$", re.ASCII)
_CARRIED = "".join(map(chr, range(0x21, 0x7F)))


def destination_from_target(raw_path: str, raw_query: str) -> str:
    """The destination in a request target: what follows ``/v2/publish/``, and the destination's own query.

    Accepts the raw form, a percent-encoded one, and one whose double slash a proxy has collapsed.
    ``raw_query`` is appended byte for byte.

    Raises:
        Rejection: 400 naming what is wrong.
    """
    text = _unquoted(raw_path) if is_encoded(raw_path) else raw_path
    if not _SCHEME.match(text):
        return check_destination(_unquoted(text))
    if raw_query:
        text += ("&" if "?" in text else "?") + raw_query
    return check_destination(text)


def is_encoded(raw_path: str) -> bool:
    """Whether a request target holds its destination percent-encoded, as ``https%3A%2F%2F…``."""
    return _ENCODED_SCHEME.match(raw_path) is not None


def check_destination(text: str) -> str:
    """The destination itself, with a collapsed double slash restored.

    Raises:
        Rejection: 400 naming what is wrong.
    """
    if not text:
        raise errors.EMPTY_DESTINATION()
    if collapsed := _COLLAPSED.match(text):
        text = f"{collapsed[0]}/{text[collapsed.end() :]}"
    if _SCHEME.match(text):
        return check_url(text)
    if NAME.fullmatch(text):
        return text
    if text.startswith("api/"):
        raise errors.LEGACY_API(destination=_shown(text))
    raise errors.INVALID_SCHEME(destination=_shown(text))


def is_url(destination: str) -> bool:
    """Whether a checked destination is a URL rather than the name of a URL group (which has no colon)."""
    return ":" in destination


def check_url(url: str) -> str:
    """The URL as :func:`wire_url` makes it, if it can be called. Names are not resolved: containers come and go.

    Raises:
        Rejection: 400 naming what is wrong.
    """
    if not url:
        raise errors.EMPTY_DESTINATION()
    if not _SCHEME.match(url):
        raise errors.INVALID_SCHEME(destination=_shown(url))
    if reason := url_fault(url):
        raise errors.INVALID_URL(reason=reason, destination=_shown(url))
    if "/v2/publish/" in url and (nested := url.split("/v2/publish/", 1)[1]) and _SCHEME.match(nested):
        raise errors.NESTED_PUBLISH_URL(destination=_shown(url))
    return wire_url(url)


def wire_url(url: str) -> str:
    """A URL without fault, with its host in ASCII (IDNA) and every other character percent-encoded that is white
    space or not ASCII. Nothing else changes, and nothing at all the second time."""
    if url.isascii() and " " not in url:
        return url
    scheme, _, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    userinfo, at, place = rest[:end].rpartition("@")
    host, colon, port = place.rpartition(":") if _PORT.search(place) else (place, "", "")
    return f"{scheme}://{_encoded(userinfo)}{at}{_ascii_host(host)}{colon}{port}{_encoded(rest[end:])}"


def sought_url(text: str) -> str:
    """A URL, or a part or a pattern of one, as :func:`wire_url` leaves those that it is compared with."""
    try:
        return wire_url(text) if _SCHEME.match(text) else _encoded(text)
    except UnicodeError:
        return text


def url_fault(url: str) -> str | None:
    """What is wrong with the URL, or ``None``."""
    if len(url) > MAX_LENGTH:
        return _TOO_LONG
    if _CONTROL.search(url):
        return "control characters and bytes that are not UTF-8 are not allowed"
    if not _SCHEME.match(url):
        return "it must begin with http:// or https://"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "the host or the port is malformed"
    if parts.hostname and "%" in parts.hostname and ":" not in parts.hostname:
        return "percent-encoded characters are not allowed in the host"
    if port == 0:
        return "port 0 cannot be called"
    if not parts.hostname or not _is_place(parts.netloc.rpartition("@")[2]):
        return "the host is missing or malformed"
    return None if url.isascii() or len(wire_url(url)) <= MAX_LENGTH else _TOO_LONG


def _is_place(place: str) -> bool:
    """Whether host and port of a URL are an address in brackets, which was checked, or what can be looked up."""
    host = _PORT.sub("", place)
    if len(host) > _MAX_HOST_LENGTH or len(place) - len(host) > _MAX_PORT_LENGTH:
        return False
    try:
        return (_BRACKETED if host.startswith("[") else _HOST).fullmatch(_ascii_host(host)) is not None
    except UnicodeError:
        return False


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    if len(host) > _MAX_HOST_LENGTH:
        # It is no name, and to encode one character takes hundreds of steps.
        raise UnicodeError("a host of this length cannot be encoded")
    return host.encode("idna").decode("ascii")


def _encoded(text: str) -> str:
    return quote(text, safe=_CARRIED)


def _unquoted(text: str) -> str:
    # What is not UTF-8 stays visible as such, and is refused.
    return unquote(text, errors="surrogateescape")


def _shown(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= 200 else text[:200] + "…"
