"""``Upstash-Redact-Fields``: what logs and lists show in place of secrets (QStash docs, features on redaction)."""

from __future__ import annotations

import hashlib
import re

from qstash_dev.protocol.publication import Headers, Redaction

_HEADER = re.compile(r"headers?\[([^\[\]]+)\]", re.IGNORECASE)


def parse_redaction(value: str) -> Redaction:
    """Reads ``body``, ``header``, ``header[Name]`` and their plurals, separated by commas.

    Raises:
        ValueError: naming what would be right.
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


def joined(one: Redaction | None, other: Redaction | None) -> Redaction | None:
    """What hides everything that either of them hides."""
    if one is None or other is None:
        return one or other
    return Redaction(one.body or other.body, one.all_headers or other.all_headers, one.headers | other.headers)


def of_report(redaction: Redaction | None) -> Redaction | None:
    """What hides the report about a message that hides something: its body holds the headers of the message too."""
    return None if redaction is None else redaction._replace(body=True)


def digest(value: bytes) -> str:
    """``REDACTED:`` and the lower-case hex SHA-256 of the original value."""
    return "REDACTED:" + hashlib.sha256(value).hexdigest()


def shown_body(body: bytes, redaction: Redaction | None) -> bytes:
    """The body as logs and lists may show it. An empty body hides nothing and stays empty."""
    if redaction is None or not redaction.body or not body:
        return body
    return digest(body).encode("ascii")


def shown_headers(headers: Headers, redaction: Redaction | None) -> Headers:
    """The headers as logs and lists may show them."""
    if redaction is None:
        return headers
    return tuple(
        (name, digest(value.encode("utf-8", "surrogateescape")) if _hides(redaction, name) else value)
        for name, value in headers
    )


def _hides(redaction: Redaction, name: str) -> bool:
    return redaction.all_headers or name.lower() in redaction.headers
