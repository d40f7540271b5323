"""Files of lines ``NAME=value``, such as ``.env.local``: values are replaced in place, all else keeps its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# One assignment, its value in quotes or up to the end of the line or a comment. A value in quotes may have several
# lines, so lines that look like assignments inside it are passed over with it.
_ASSIGNMENT = re.compile(
    rb"""[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*=[ \t]*"""
    rb"""(?P<value>"(?:[^"\\]|\\.)*+"|'[^']*+'|`[^`]*+`|(?:(?![ \t]+\#)[^\r\n])*+)""",
    re.DOTALL,
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QUOTES = (b'"', b"'", b"`")


class Updated(NamedTuple):
    """A file with new values."""

    text: bytes
    updated: list[str]  #: names whose value has changed
    added: list[str]  #: names that the file did not have


def values_of(text: bytes, name: str) -> list[str]:
    """Every value that the file gives to a name, without quotes."""
    return [_unquoted(found["value"]) for found in _assignments(text) if found["name"].decode() == name]


def updated(text: bytes, values: Mapping[str, str], added_line: str) -> Updated:
    """The file with these values. Names that it lacks are added at its end, as ``added_line`` has them:
    a format of ``name`` and ``value``."""
    parts, end, changed, found_names = list[bytes](), 0, dict[str, None](), set[str]()
    for found in _assignments(text):
        name = found["name"].decode()
        if name not in values:
            continue
        found_names.add(name)
        if _unquoted(found["value"]) != values[name]:
            changed[name] = None
            quote = _quote(found["value"])
            parts += [text[end : found.start("value")], quote, values[name].encode(), quote]
            end = found.end("value")
    parts.append(text[end:])
    added = [name for name in values if name not in found_names]
    first_break = re.search(rb"\r?\n", text)
    line_break = first_break[0] if first_break else b"\n"
    if added and text and not text.endswith(b"\n"):
        parts.append(line_break)
    parts += [added_line.format(name=name, value=values[name]).encode() + line_break for name in added]
    return Updated(b"".join(parts), list(changed), added)


def _assignments(text: bytes) -> Iterator[re.Match[bytes]]:
    at = len(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else 0
    while at < len(text):
        found = _ASSIGNMENT.match(text, at)
        if found is not None:
            yield found
            at = found.end()
        line_end = text.find(b"\n", at)
        at = len(text) if line_end < 0 else line_end + 1


def _quote(value: bytes) -> bytes:
    """The quotation mark around a value, empty if there is none."""
    return value[:1] if len(value) > 1 and value[:1] == value[-1:] and value[:1] in _QUOTES else b""


def _unquoted(value: bytes) -> str:
    return (value[1:-1] if _quote(value) else value).decode("utf-8", "replace").strip()
