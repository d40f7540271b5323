"""Values from clients in texts: described in terms of JSON (RFC 8259), not of Python, and safe for terminals."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def printable(text: str) -> str:
    """The text with every character replaced that could control a terminal."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "�" for character in text)


def kind(value: Any) -> str:
    """The kind of a value, such as ``a list``; ``null``, ``true`` or ``false`` for these values."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return "a string"
    if isinstance(value, int | float):
        return "a number"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list | tuple) else "no JSON"


def shown(value: Any) -> str:
    """A value for an error text: at most 100 characters of a string, and only the kind of an object or a list."""
    if isinstance(value, bool) or value is None:
        return kind(value)
    if isinstance(value, str):
        return f"'{value[:100]}'"
    # Python refuses to convert an int of more than 4,300 digits to a string.
    return str(value) if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**20) else kind(value)


class JsonFault(ValueError):
    """A text that is not JSON, or bytes that are not text; the message says why."""


def json_fault(error: ValueError | RecursionError) -> str:
    """Why a text is not JSON."""
    if isinstance(error, json.JSONDecodeError | JsonFault):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return "it is not valid UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else "a number in it has too many digits"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most similar, or ``None`` if none is similar."""
    # Imported here, because only errors need it.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name[:40].lower(), list(known), 1, 0.7)), None)
