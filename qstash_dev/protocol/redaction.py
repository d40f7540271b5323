"""Redaction of private data in logs and lists (https://upstash.com/docs/qstash/howto/redact-fields)."""

from __future__ import annotations

import hashlib
import re

from qstash_dev.protocol.publication import Headers, Redaction

_HEADER = re.compile(r"headers?\[([^\[\]]+)\]", re.IGNORECASE)


def parse_redaction(value: str) -> Redaction:
    """Parse ``body``, ``header`` or ``headers``, and ``header[Name]`` or ``headers[Name]``, separated by commas.

    Raises ValueError: a field is none of these.
    """
    body = all_headers = False
    names = set()
    for field in filter(None, (part.strip() for part in value.split(","))):
        if field.lower() == "body":
            body = True
        elif field.lower() in ("header", "headers"):
            all_headers = True
        elif match := _HEADER.fullmatch(field):
            names.add(match[1].strip().lower())
        else:
            raise ValueError(f"'{field[:50]}' is not body, header or header[Name]")
    return Redaction(body, all_headers, frozenset(names))


def combined(one: Redaction | None, other: Redaction | None) -> Redaction | None:
    """A redaction of everything that one of them hides."""
    if one is None or other is None:
        return one or other
    return Redaction(one.body or other.body, one.all_headers or other.all_headers, one.headers | other.headers)


def report_redaction(redaction: Redaction | None) -> Redaction | None:
    """The redaction of a report about a message: its body too, because that holds the headers of the message."""
    return None if redaction is None else redaction._replace(body=True)


def digest(value: bytes) -> str:
    """``REDACTED:`` and the lower-case hex SHA-256 of the original value."""
    return "REDACTED:" + hashlib.sha256(value).hexdigest()


def shown_body(body: bytes, redaction: Redaction | None) -> bytes:
    """The body for logs and lists. An empty body stays empty."""
    if redaction is None or not redaction.body or not body:
        return body
    return digest(body).encode("ascii")


def shown_headers(headers: Headers, redaction: Redaction | None) -> Headers:
    if redaction is None:
        return headers
    return tuple(
        (name, digest(value.encode("utf-8", "surrogateescape")))
        if redaction.all_headers or name.lower() in redaction.headers
        else (name, value)
        for name, value in headers
    )
