"""The destination of a message: a URL or the name of a URL group.

A URL begins with ``http://`` or ``https://`` (https://upstash.com/docs/qstash/howto/publishing). It stays as the
client wrote it, but characters that a request line cannot hold are percent-encoded here, so that the publisher, the
request and the signature have the same URL.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from qstash_dev.protocol import errors

NAME = re.compile(r"[A-Za-z0-9._-]{1,256}", re.ASCII)
"""Names of URL groups and queues, and schedule ids: letters, digits, ``-``, ``.`` and ``_``
(https://upstash.com/docs/qstash/api-reference/schedules/create-a-schedule)."""

MAX_LENGTH = 16_384
_TOO_LONG = f"use at most {MAX_LENGTH} characters"
_SCHEME = re.compile(r"https?:/", re.IGNORECASE)
_ENCODED_SCHEME = re.compile(r"https?(%3a|:%2f|:/%2f)", re.IGNORECASE)
_COLLAPSED = re.compile(r"https?:/(?!/)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=-]+", re.ASCII)
_BRACKETED = re.compile(r"\[[!-Z^-~]+\]", re.ASCII)
_MAX_HOST_LENGTH = 253
_MAX_PORT_LENGTH = len(":65535")
_PORT = re.compile(r":\d*$", re.ASCII)
_NOT_ENCODED = "".join(map(chr, range(0x21, 0x7F)))


def destination_from_target(raw_path: str, raw_query: str) -> str:
    """The destination in a request target: the path after ``/v2/publish/`` and the query of the destination.

    The path may be percent-encoded, and a proxy may have removed one slash of ``://``. ``raw_query`` is appended
    unchanged.

    Raises Rejection: 400 if it is neither a URL nor a name.
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
    """The checked destination, with both slashes of ``://``.

    Raises Rejection: 400 if it is neither a URL nor a name.
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
    """Whether a checked destination is a URL. The name of a URL group has no colon."""
    return ":" in destination


def check_url(url: str) -> str:
    """The URL as :func:`wire_url` returns it. Its host is not resolved, because the container may start later.

    Raises Rejection: 400 if it is not a URL that can be called.
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
    """A valid URL with its host in ASCII (IDNA, RFC 3490) and other white space and non-ASCII characters
    percent-encoded (RFC 3986, 2.1). Calling it again changes nothing."""
    if url.isascii() and " " not in url:
        return url
    scheme, _, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    userinfo, at, host_port = rest[:end].rpartition("@")
    host, colon, port = host_port.rpartition(":") if _PORT.search(host_port) else (host_port, "", "")
    return f"{scheme}://{_encoded(userinfo)}{at}{_ascii_host(host)}{colon}{port}{_encoded(rest[end:])}"


def url_in_filter(text: str) -> str:
    """A URL, or a part or pattern of one, in the form of :func:`wire_url`, so that it can be compared with URLs."""
    try:
        return wire_url(text) if _SCHEME.match(text) else _encoded(text)
    except UnicodeError:
        return text


def url_fault(url: str) -> str | None:
    """What is wrong with the URL, or ``None`` for a valid one."""
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
    if not parts.hostname or not _is_host_and_port(parts.netloc.rpartition("@")[2]):
        return "the host is missing or malformed"
    return None if url.isascii() or len(wire_url(url)) <= MAX_LENGTH else _TOO_LONG


def _is_host_and_port(text: str) -> bool:
    """Whether the host can be resolved or is an IPv6 address in brackets, which ``urlsplit`` has checked."""
    host = _PORT.sub("", text)
    if len(host) > _MAX_HOST_LENGTH or len(text) - len(host) > _MAX_PORT_LENGTH:
        return False
    try:
        return (_BRACKETED if host.startswith("[") else _HOST).fullmatch(_ascii_host(host)) is not None
    except UnicodeError:
        return False


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    if len(host) > _MAX_HOST_LENGTH:
        # Encoding takes hundreds of steps for each character.
        raise UnicodeError("a host of this length cannot be encoded")
    return host.encode("idna").decode("ascii")


def _encoded(text: str) -> str:
    return quote(text, safe=_NOT_ENCODED)


def _unquoted(text: str) -> str:
    # Bytes that are not UTF-8 become surrogates, which the check of the URL refuses.
    return unquote(text, errors="surrogateescape")


def _shown(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= 200 else text[:200] + "…"
