"""Values of clients in the words of their own format, JSON, and never in those of the language of this server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def kind(value: Any) -> str:
    """What a value is, such as ``a list``; ``null``, ``true`` and ``false`` are themselves."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return "a string"
    if isinstance(value, int | float):
        return "a number"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list | tuple) else "no JSON"


def shown(value: Any) -> str:
    """A value as it was written, as far as a line has room for it; objects and lists only as what they are."""
    if isinstance(value, bool) or value is None:
        return kind(value)
    if isinstance(value, str):
        return f"'{value[:100]}'"
    # A whole number of thousands of digits cannot even be written.
    return str(value) if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**20) else kind(value)


class JsonFault(ValueError):
    """What keeps a text from being JSON, or from being decoded, in words for people."""


def json_fault(error: ValueError | RecursionError) -> str:
    """What keeps a text from being JSON."""
    if isinstance(error, json.JSONDecodeError | JsonFault):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return "it is not valid UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else "a number in it has too many digits"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that somebody may have meant, if one is near."""
    # Only mistakes pay for it.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name[:40].lower(), list(known), 1, 0.7)), None)
