"""What an inbox answers: one entry of its script."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qstash_dev.protocol.duration import parse_duration_ms
from qstash_dev.protocol.publication import Headers

MAX_DELAY_MS = 600_000
_FIELDS = ("status", "body", "json", "headers", "delay", "drop")


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted answer. ``delay_ms`` is real time; ``drop`` resets the connection instead of answering.

    ``make`` is called with the captured request, in a thread of its own, and returns the answer to give.
    """

    status: int = 200
    body: bytes = b""
    headers: Headers = ()
    delay_ms: int = 0
    drop: bool = False
    make: Callable[[Any], Any] | None = None


def parse_answer(entry: Any) -> Answer:
    """Reads a status, a pair of status and body, an object with any of status, body, json, headers, delay, drop,
    or (from Python) a function of the request that returns one of these.

    Raises:
        ValueError: naming what is wrong and what would be right.
    """
    if isinstance(entry, Answer):
        return entry
    if callable(entry):
        return Answer(make=entry)
    if isinstance(entry, int):
        return Answer(_status(entry))
    if isinstance(entry, list | tuple) and len(entry) == 2:
        return Answer(_status(entry[0]), _body(entry[1]))
    if not isinstance(entry, dict):
        raise ValueError(f"{entry!r:.100} is not an answer: use a status such as 500, or an object")
    if unknown := [str(name) for name in entry if name not in _FIELDS]:
        raise ValueError(f"unknown field {unknown[0][:50]} in an answer: use {', '.join(_FIELDS)}")
    if "json" in entry:
        body = json.dumps(entry["json"], separators=(",", ":")).encode()
        given = (("Content-Type", "application/json"), *_headers(entry.get("headers")))
    else:
        body, given = _body(entry.get("body", b"")), _headers(entry.get("headers"))
    if not isinstance(entry.get("drop", False), bool):
        raise ValueError("drop must be true or false")
    return Answer(
        _status(entry.get("status", 200)), body, given, _delay_ms(entry.get("delay", 0)), entry.get("drop", False)
    )


def _status(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise ValueError(f"{value!r:.100} is not a status: use a number from 200 to 599")
    return value


def _body(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise ValueError("the body of an answer must be text; use the field json for anything else")


def _headers(value: Any) -> Headers:
    pairs = (value or {}).items() if isinstance(value, dict | None) else None
    if pairs is None or not all(isinstance(name, str) and isinstance(text, str) for name, text in pairs):
        raise ValueError("headers of an answer must be an object of strings")
    if any(character in name + text for name, text in pairs for character in "\r\n\0"):
        raise ValueError("headers of an answer may not hold line breaks")
    return tuple(pairs)


def _delay_ms(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("delay must be seconds, or a duration such as '500ms'")
    delay_ms = parse_duration_ms(str(value))
    if delay_ms > MAX_DELAY_MS:
        raise ValueError(f"delay must be at most {MAX_DELAY_MS // 1_000} s")
    return delay_ms
