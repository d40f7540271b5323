"""Files of lines ``NAME=value``, such as ``.env.local``: values are replaced in place, all else keeps its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_NAME = re.compile(rb"[ \t]*+(?:export[ \t]++)?+(?P<name>[A-Za-z_][\w.-]*+)[ \t]*+=[ \t]*+")
# A value in quotes may have several lines, so lines that look like assignments inside it are passed over with it.
_DOUBLE = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_SINGLE = re.compile(rb"'[^']*+'")
_BACKTICKS = re.compile(rb"`[^`]*+`")
_LINE = re.compile(rb"[^\r\n]*+")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QUOTES = (b'"', b"'", b"`")


class Assignment(NamedTuple):
    """A name, and where its value stands in the file, quotes included."""

    name: str
    value: bytes
    start: int
    end: int


class Updated(NamedTuple):
    """A file with new values."""

    text: bytes
    updated: list[str]  #: names whose value has changed
    added: list[str]  #: names that the file did not have


def values_of(text: bytes, name: str) -> list[str]:
    """Every value that the file gives to a name, without quotes."""
    return [_unquoted(found.value) for found in _assignments(text) if found.name == name]


def updated(text: bytes, values: Mapping[str, str], added_line: str) -> Updated:
    """The file with these values. Names that it lacks are added at its end, as ``added_line`` has them:
    a format of ``name`` and ``value``."""
    parts, end, changed, found_names = list[bytes](), 0, dict[str, None](), set[str]()
    for found in _assignments(text):
        name = found.name
        if name not in values:
            continue
        found_names.add(name)
        if _unquoted(found.value) != values[name]:
            changed[name] = None
            quote = _quote(found.value)
            parts += [text[end : found.start], quote, values[name].encode(), quote]
            end = found.end
    parts.append(text[end:])
    added = [name for name in values if name not in found_names]
    line_break = b"\r\n" if text.partition(b"\n")[0].endswith(b"\r") else b"\n"
    if added and text and not text.endswith(b"\n"):
        parts.append(line_break)
    parts += [added_line.format(name=name, value=values[name]).encode() + line_break for name in added]
    return Updated(b"".join(parts), list(changed), added)


def _assignments(text: bytes) -> Iterator[Assignment]:
    at = len(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else 0
    unclosed = set[bytes]()
    while at < len(text):
        found = _NAME.match(text, at)
        if found is not None:
            start, at = found.end(), _end_of_value(text, found.end(), unclosed)
            yield Assignment(found["name"].decode(), text[start:at], start, at)
        line_end = text.find(b"\n", at)
        at = len(text) if line_end < 0 else line_end + 1


def _end_of_value(text: bytes, at: int, unclosed: set[bytes]) -> int:
    """Where the value ends: in quotes with the quote, otherwise with the line or before a comment. ``unclosed`` are
    the quotes that are not closed up to the end of the file, so that it is searched for each only once."""
    mark = text[at : at + 1]
    if mark in _QUOTES and mark not in unclosed:
        quoted = _DOUBLE.match(text, at) or _SINGLE.match(text, at) or _BACKTICKS.match(text, at)
        if quoted is not None:
            return quoted.end()
        unclosed.add(mark)
    line = _LINE.match(text, at)
    assert line is not None
    comment = line[0].find(b"#", 1)
    while comment > 0:
        if line[0][comment - 1 : comment] in (b" ", b"\t"):
            return at + len(line[0][:comment].rstrip(b" \t"))
        comment = line[0].find(b"#", comment + 1)
    return line.end()


def _quote(value: bytes) -> bytes:
    """The quotation mark around a value, empty if there is none."""
    return value[:1] if len(value) > 1 and value[:1] == value[-1:] and value[:1] in _QUOTES else b""


def _unquoted(value: bytes) -> str:
    return (value[1:-1] if _quote(value) else value).decode("utf-8", "replace").strip()
