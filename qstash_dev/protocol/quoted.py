"""Error messages in answers of applications: one line for a person, from JSON, HTML or plain text.

Members with these names are common, and RFC 9457 has ``detail`` and ``title``.
"""

from __future__ import annotations

import json
from html import unescape
from typing import Any

from qstash_dev.protocol.foreign_texts import error_in_page, error_in_text, hides_error

_LOOKED_AT_BYTES = 8_192
_MOST = 200
_MEMBERS = ("message", "error", "detail", "title")


def quoted(body: bytes) -> str:
    """What an answer says went wrong: at most 200 printable characters; empty if it says nothing of its own."""
    text = body[:_LOOKED_AT_BYTES].decode("utf-8", "replace").strip()
    if text.startswith("<"):
        text = error_in_page(text).strip()
        text = _of_json(text) if text.startswith("{") else unescape(text.partition("<")[0])
    else:
        text = _of_json(text) if text.startswith("{") else error_in_text(text)
    line = first_line(text)
    return "" if hides_error(line) else line


def first_line(text: str) -> str:
    """The first line of a text that is not empty: at most 200 printable characters."""
    line = next((line for line in text[:_LOOKED_AT_BYTES].splitlines() if line.strip()), "")[: 4 * _MOST]
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in line).split())
    return line if len(line) <= _MOST else line[: _MOST - 1] + "…"


def _of_json(text: str) -> str:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return text
    # A page of Next.js has the error in one of its fields.
    inner = fields.get("err")
    return _of_fields(inner if isinstance(inner, dict) else fields) or ""


def _of_fields(fields: dict[str, Any]) -> str | None:
    inner = fields.get("error")
    if isinstance(inner, dict):
        return _of_fields(inner)
    said = [value for name in _MEMBERS if isinstance(value := fields.get(name), str) and value]
    named = isinstance(inner, str) and inner.isidentifier() and inner != "Error"
    if named and fields.get("message") and len(said) > 1:
        # As in {"error": "TypeError", "message": "x is not a function"}.
        return f"{inner}: {said[0]}"
    return said[0] if said else None
