"""The script of an inbox: the answers that it gives, one after the other."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any, NamedTuple

from qstash_dev.protocol.duration import duration_ms
from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.weight import pairs_weight
from qstash_dev.protocol.wording import shown

MAX_DELAY_MS = 600_000
ANSWER_BYTES = 256
FIELDS = ("status", "body", "bodyBase64", "json", "headers", "delay", "drop")
_BODIES = ("body", "bodyBase64", "json")
_BODILESS = (204, 205, 304)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_FORBIDDEN_IN_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
# The server sets these itself (RFC 9112, 6).
_FRAMING = ("content-length", "transfer-encoding")


class Answer(NamedTuple):
    status: int = 200
    body: bytes = b""
    headers: Headers = ()
    delay_ms: int = 0  #: real time
    drop: bool = False  #: reset the connection instead of answering
    make: Callable[[Any], Any] | None = None  #: called in a thread with the captured request; returns the answer

    @property
    def weight(self) -> int:
        """Bytes that the answer keeps."""
        return len(self.body) + pairs_weight(self.headers) + ANSWER_BYTES


class WrongAnswer(ValueError):
    """An invalid answer in a script. ``index`` is its position, counted from 0."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


def parse_answer(entry: Any) -> Answer:
    """Parse one answer: a status, a pair of status and body, or an object with any of ``status``, ``body``,
    ``bodyBase64``, ``json``, ``headers``, ``delay`` and ``drop``. From Python, also a function that takes the request
    and returns one of these.

    Raises ValueError: it is not an answer; says what would be right.
    """
    if isinstance(entry, Answer):
        return entry
    if callable(entry):
        return Answer(make=entry)
    if isinstance(entry, int):
        return Answer(_status(entry))
    if isinstance(entry, list | tuple) and len(entry) == 2:
        return _checked(Answer(_status(entry[0]), _text(entry[1])))
    if not isinstance(entry, dict):
        raise ValueError(f"{shown(entry)} is not an answer: use a status such as 500, or an object")
    return _checked(_from_fields(entry))


def parse_script(entries: list[Any]) -> list[Answer]:
    """Parse a script. Raises WrongAnswer: for the first invalid entry."""
    answers = []
    for index, entry in enumerate(entries):
        try:
            answers.append(parse_answer(entry))
        except ValueError as error:
            raise WrongAnswer(index, str(error)) from None
    return answers


def _from_fields(fields: dict[str, Any]) -> Answer:
    if unknown := [str(name) for name in fields if name not in FIELDS]:
        raise ValueError(f"unknown field {unknown[0][:50]} in an answer: use {', '.join(FIELDS)}")
    bodies = [name for name in _BODIES if name in fields]
    if len(bodies) > 1:
        raise ValueError(f"an answer has one body: give either {bodies[0]} or {bodies[1]}")
    headers = _headers(fields.get("headers"))
    if "json" in fields and not any(name.lower() == "content-type" for name, _ in headers):
        headers = (("Content-Type", "application/json"), *headers)
    drop = fields.get("drop", False)
    if not isinstance(drop, bool):
        raise ValueError("drop must be true or false")
    return Answer(_status(fields.get("status", 200)), _body(fields), headers, _delay_ms(fields.get("delay", 0)), drop)


def _checked(answer: Answer) -> Answer:
    if answer.body and answer.status in _BODILESS:
        raise ValueError(f"an answer with status {answer.status} has no body: leave it out, or use another status")
    return answer


def _status(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise ValueError(f"{shown(value)} is not a status: use a number from 200 to 599")
    return value


def _body(fields: dict[str, Any]) -> bytes:
    if "json" in fields:
        return _json(fields["json"])
    if "bodyBase64" in fields:
        return _base64(fields["bodyBase64"])
    return _text(fields.get("body", b""))


def _text(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueError("the body of an answer must be text; use the field json for anything else")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ValueError("the body of an answer is not valid Unicode: use bodyBase64 for other bytes") from None


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"json cannot be written as JSON: {error}") from None


def _base64(value: Any) -> bytes:
    try:
        return b64decode(value if isinstance(value, str) else "?", validate=True)
    except ValueError:
        raise ValueError("bodyBase64 must be base64") from None


def _headers(value: Any) -> Headers:
    if value is not None and not isinstance(value, dict):
        raise ValueError("headers of an answer must be an object of strings")
    pairs = tuple((value or {}).items())
    for name, text in pairs:
        _check_header(name, text)
    return pairs


def _check_header(name: Any, text: Any) -> None:
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise ValueError(f"{shown(name)} is not the name of a header")
    if not isinstance(text, str):
        raise ValueError(f"header {name:.100} of an answer must be a string: headers are an object of strings")
    if _FORBIDDEN_IN_VALUE.search(text):
        raise ValueError(f"header {name:.100} of an answer may not hold line breaks or other control characters")
    if name.lower() in _FRAMING:
        raise ValueError(f"header {name} is the server's own: an answer cannot set it")


def _delay_ms(value: Any) -> int:
    try:
        delay_ms = duration_ms(value)
    except ValueError as error:
        raise ValueError(f"delay: {error}") from None
    if delay_ms > MAX_DELAY_MS:
        raise ValueError(f"delay must be at most {MAX_DELAY_MS // 1_000} s")
    return delay_ms
