"""The head of a request (RFC 9112), parsed in the same way for the fast path and for aiohttp.

Parsing takes time linear in the number of bytes. A head that two parsers could understand as two different requests
is refused.
"""

from __future__ import annotations

import re
import string
from typing import NamedTuple
from urllib.parse import quote

from qstash_dev.protocol import errors
from qstash_dev.protocol.headers import MAX_HEADERS

MAX_LINE_BYTES = 65_536
MAX_HEAD_BYTES = 262_144
# To find the route, aiohttp takes the path apart from its end, and copies the rest at each slash.
MAX_SLASHES = 500
_MAX_LENGTH_DIGITS = 15
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]"
# The value includes the white space around it, which is stripped later: a text must not match in two ways.
_LINE = re.compile(rb"(" + _TOKEN + rb"+):([^\x00-\x08\x0a-\x1f\x7f]*)")
_REQUEST = re.compile(rb"(" + _TOKEN + rb"{1,32}) ([^\x00-\x20\x7f]+) HTTP/1\.([01])")
_BEGINNING = re.compile(rb"(" + _TOKEN + rb"{1,32})(?:\Z| (?:\Z|[^\x00-\x20\x7f]))")
_ABSOLUTE = re.compile(rb"https?://([^/?#@]+)", re.IGNORECASE)
_PRINTABLE = string.punctuation
_ENDING = b"\r\n"
# Headers that may occur only once (RFC 9110, 5.3).
_SINGLE = frozenset(
    {
        "content-length",
        "content-location",
        "content-range",
        "content-type",
        "etag",
        "host",
        "max-forwards",
        "server",
        "transfer-encoding",
        "user-agent",
    }
)


class Head(NamedTuple):
    """The head of a request. In texts, bytes that are not UTF-8 are surrogates (PEP 383)."""

    method: bytes
    target: bytes
    #: ``b"0"`` or ``b"1"``, of HTTP/1.0 or HTTP/1.1.
    minor_version: bytes
    #: Names and values in the order in which they were sent.
    headers: list[tuple[str, str]]
    #: The first value of each header, by its name in lower case.
    names: dict[str, str]
    #: Bytes of the body; ``None`` for a body in chunks.
    length: int | None


def read_head(raw: bytes) -> Head:
    """Parse a head, without the empty line at its end.

    Raises Rejection: 400 if it is not a valid head, ambiguous or too large.
    """
    try:
        return _read(raw)
    except errors.Rejection:
        # The error must be the same as if the head had arrived in pieces.
        check_begun(raw + _ENDING)
        raise


def _read(raw: bytes) -> Head:
    first, *lines = raw.split(_ENDING)
    request = _REQUEST.fullmatch(first)
    if len(lines) > MAX_HEADERS or (len(raw) > MAX_LINE_BYTES and _has_large_part(raw)):
        raise too_large()
    if request is None:
        raise bad(f"its first line is not 'METHOD target HTTP/1.1': {_shown(first)}")
    if request[1] == b"CONNECT":
        raise bad("this server is no proxy, it does not know CONNECT")
    if request[2].partition(b"?")[0].count(b"/") > MAX_SLASHES:
        raise bad(f"its path has more than {MAX_SLASHES} slashes")
    headers, names = _headers(lines)
    return Head(request[1], request[2], request[3], headers, names, _length(names, request[3]))


def in_origin_form(raw: bytes, head: Head) -> bytes:
    """The bytes of the head with its target in origin form (RFC 9112, 3.2.1). Clients of proxies send the absolute
    form, whose host replaces the header ``Host`` (3.2.2).

    Raises Rejection: 400 for a target that is neither a path nor an http:// or https:// URL.
    """
    if not head.target.isascii():
        # Some clients send characters that a URL must percent-encode.
        target = quote(head.target, safe=_PRINTABLE).encode("ascii")
        return in_origin_form(raw.replace(head.target, target, 1), head._replace(target=target))
    if head.target[:1] == b"/" or (head.target == b"*" and head.method == b"OPTIONS"):
        return raw
    named = _ABSOLUTE.match(head.target)
    rest = head.target[named.end() :] if named else b""
    if named is None or rest[:1] == b"@":
        raise bad(f"its target is neither a path nor an http:// URL: {_shown(head.target)}")
    path = rest if rest[:1] == b"/" else b"/" + rest
    first, *lines = raw.split(_ENDING)
    kept = [line for line in lines if line[:5].lower() != b"host:"]
    return _ENDING.join([b"%s %s %s" % (head.method, path, first[-8:]), b"Host: " + named[1], *kept])


def check_begun(begun: bytes, before: bytes = b"") -> None:
    """Check the beginning of a head, so that a client that speaks TLS or another protocol gets an answer at once.

    ``begun`` is the first part of the head, or a later part that follows the byte ``before``.

    Raises Rejection: 400 if it cannot become a valid head.
    """
    if not before and not _BEGINNING.match(begun[:64]):
        raise bad("it does not begin with a method and a target")
    if _has_bare_ending(begun[:MAX_HEAD_BYTES], before):
        raise bad("its lines must end in CR LF")


def _has_bare_ending(part: bytes, before: bytes) -> bool:
    pairs = part.count(_ENDING) + (before == b"\r" and part[:1] == b"\n")
    # The LF after a CR at the end may not have arrived yet.
    returns = part.count(b"\r") - (part[-1:] == b"\r") + (before == b"\r")
    return part.count(b"\n") != pairs or returns != pairs


def bad(reason: str) -> errors.Rejection:
    """The error for a request that is not valid HTTP."""
    return errors.BAD_REQUEST(reason=reason)


def too_large() -> errors.Rejection:
    """The error for a head that exceeds the limits."""
    return errors.HEAD_TOO_LARGE(line=MAX_LINE_BYTES, size=MAX_HEAD_BYTES, count=MAX_HEADERS)


def _has_large_part(raw: bytes) -> bool:
    return len(raw) > MAX_HEAD_BYTES or max(map(len, raw.split(_ENDING))) > MAX_LINE_BYTES


def _headers(lines: list[bytes]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    headers: list[tuple[str, str]] = []
    names: dict[str, str] = {}
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise bad(f"this is not a header: {_shown(line)}")
        name, value = match[1].decode("ascii"), match[2].strip(b" \t").decode("utf-8", "surrogateescape")
        lowered = name.lower()
        if lowered in names and lowered in _SINGLE:
            raise bad(f"it has two headers {name}")
        names.setdefault(lowered, value)
        headers.append((name, value))
    return headers, names


def _length(names: dict[str, str], minor_version: bytes) -> int | None:
    length, coding = names.get("content-length"), names.get("transfer-encoding")
    if coding is not None:
        if length is not None:
            raise bad("it has both Content-Length and Transfer-Encoding")
        if coding.lower() != "chunked" or minor_version == b"0":
            raise bad("the only Transfer-Encoding that can be read is 'chunked', in HTTP/1.1")
        return None
    if length is None:
        return 0
    if not (length.isascii() and length.isdigit() and len(length) <= _MAX_LENGTH_DIGITS):
        raise bad(f"Content-Length is not a number of bytes: {length[:50]!a}")
    return int(length)


def _shown(line: bytes) -> str:
    return ascii(line[:100])[1:]
