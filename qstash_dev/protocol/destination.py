"""Destinations: an ``http(s)`` URL kept exactly as the client wrote it, or the name of a URL group."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from qstash_dev.protocol import errors

NAME = re.compile(r"[A-Za-z0-9._-]{1,256}", re.ASCII)
"""Names of URL groups, queues and schedules (OpenAPI)."""

MAX_LENGTH = 16_384
_SCHEME = re.compile(r"https?:/", re.IGNORECASE)
_ENCODED_SCHEME = re.compile(r"https?(%3a|:%2f|:/%2f)", re.IGNORECASE)
_COLLAPSED = re.compile(r"(https?:/)(?!/)", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


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
    if _SCHEME.match(text):
        return check_url(_COLLAPSED.sub(r"\1/", text, count=1))
    if NAME.fullmatch(text):
        return text
    if text.startswith("api/"):
        raise errors.LEGACY_API(destination=_shown(text))
    raise errors.INVALID_SCHEME(destination=_shown(text))


def is_url(destination: str) -> bool:
    """Whether a checked destination is a URL rather than the name of a URL group (which has no colon)."""
    return ":" in destination


def check_url(url: str) -> str:
    """The URL itself, if it can be called. Names are not resolved: containers come and go.

    Raises:
        Rejection: 400 naming what is wrong.
    """
    if reason := url_fault(url):
        raise errors.INVALID_URL(reason=reason, destination=_shown(url))
    if "/v2/publish/" in url and (nested := url.split("/v2/publish/", 1)[1]) and _SCHEME.match(nested):
        raise errors.NESTED_PUBLISH_URL(destination=_shown(url))
    return url


def url_fault(url: str) -> str | None:
    """What is wrong with the URL, or ``None``."""
    if len(url) > MAX_LENGTH:
        return f"use at most {MAX_LENGTH} characters"
    if _CONTROL.search(url):
        return "control characters and bytes that are not UTF-8 are not allowed"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in ("http", "https"):
        return "use http:// or https://"
    if not parts.hostname or " " in parts.netloc:
        return "the host is missing or malformed"
    if "%" in parts.hostname and ":" not in parts.hostname:
        return "percent-encoded characters are not allowed in the host"
    if port == 0:
        return "port 0 cannot be called"
    return None


def _unquoted(text: str) -> str:
    # What is not UTF-8 stays visible as such, and is refused.
    return unquote(text, errors="surrogateescape")


def _shown(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= 200 else text[:200] + "…"
