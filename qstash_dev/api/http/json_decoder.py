"""A decoder for large or hostile JSON that does not block the event loop.

A thread would not help, since decoders hold the lock of the interpreter. A small body is decoded at once, a large one
value by value in slices. The number of values is limited before they are created: a hundred megabytes of ``{}`` would
take gigabytes.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import re
from collections.abc import Generator, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in the stubs
from typing import Any, TypeVar

from qstash_dev.protocol.wording import JsonFault

MAX_VALUES = 500_000
MAX_DEPTH = 500
MAX_ITEMS = 10_000
_AT_ONCE_BYTES = 262_144
# The time depends on the number of values: these are decoded in a few milliseconds.
_AT_ONCE_VALUES = 10_000
SLICE_VALUES = 1_000
SLICE_BYTES = 65_536

_SPACE = re.compile(rb"[ \t\n\r]*")
_MAX_SPACE_BYTES = 65_536
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]{0,65536}')
_ESCAPES = re.compile(rb'(?:\\(?:u[0-9a-fA-F]{4}|[^u\x00-\x1f])[^"\\\x00-\x1f]{0,64}){1,2048}')
_HIGH_SURROGATE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}")
_LOW_SURROGATE = re.compile(rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_ESCAPE_BYTES = 6
_SHORT = re.compile(rb'"([^"\\\x00-\x1f]{0,4096})"')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MAX_NUMBER_BYTES = 1_024
_WORDS = {
    b"true": True,
    b"false": False,
    b"null": None,
    b"NaN": float("nan"),
    b"Infinity": float("inf"),
    b"-Infinity": float("-inf"),
}
_CLOSING = {b"[": b"]", b"{": b"}"}
_OPENED = object()

Result = TypeVar("Result")
Slices = Generator[None, None, Result]


async def decoded(body: bytes | bytearray, most: int) -> Any:
    """The value of a JSON text.

    Raises JsonFault: it is not JSON or exceeds a limit, such as ``most`` items in the outermost array.
    Raises ValueError, RecursionError: the same for a small body, as Python's decoder raises them.
    """
    if _is_small(body):
        return checked(json.loads(body), most)
    decoder = Decoder(body, most)
    for _ in decoder.slices():
        await asyncio.sleep(0)
    return decoder.value


def checked(value: Any, most: int) -> Any:
    """The same value.

    Raises JsonFault: it is an array of more than ``most`` items.
    """
    if isinstance(value, list) and len(value) > most:
        raise too_many(most)
    return value


def too_many(most: int) -> JsonFault:
    """The error for an array with too many items."""
    return JsonFault(f"the array has more than {most} items")


def _is_small(body: bytes | bytearray) -> bool:
    # Commas and brackets inside strings are counted as well: then a small body is decoded in slices without need.
    return len(body) <= _AT_ONCE_BYTES and body.count(b",") + body.count(b"[") + body.count(b"{") <= _AT_ONCE_VALUES


class Decoder:
    """Decodes one JSON text. ``value`` is set when :meth:`slices` has ended."""

    def __init__(self, body: bytes | bytearray, most: int) -> None:
        self.value: Any = None
        self._body = body
        self._most = most
        self.at = len(codecs.BOM_UTF8) if body.startswith(codecs.BOM_UTF8) else 0
        self.values = 0
        self._slice_at = self._slice_values = 0
        # Arrays and objects that are not complete, outermost first, and their names whose value is not decoded yet.
        self._open: list[Any] = []
        self._pending: list[str] = []
        self._names: dict[str, str] = {}

    def slices(self) -> Iterator[None]:
        """Decode in steps of a few milliseconds.

        Raises JsonFault: it is not JSON or exceeds a limit.
        """
        whole = False
        while not whole:
            if self._slice_is_full():
                yield
            value = yield from self._value()
            if value is not _OPENED:
                whole = yield from self._put(value)

    def _value(self) -> Slices[Any]:
        self.values += 1
        if self.values > MAX_VALUES:
            raise JsonFault(f"it holds more than {MAX_VALUES} values")
        opening = self._next()
        if opening == b'"':
            return (yield from self._text())
        if opening not in (b"[", b"{"):
            return self._scalar()
        self.at += 1
        container: Any = [] if opening == b"[" else {}
        if self._next() == _CLOSING[opening]:
            self.at += 1
            return container
        if len(self._open) == MAX_DEPTH:
            raise JsonFault(f"it is nested more than {MAX_DEPTH} deep")
        self._open.append(container)
        if opening == b"{":
            self._pending.append((yield from self._name()))
        return _OPENED

    def _put(self, value: Any) -> Slices[bool]:
        """Add a value to the array or object it belongs to, and close those that end after it. Returns whether the
        text ends."""
        while self._open:
            container = self._open[-1]
            is_array = isinstance(container, list)
            if is_array:
                container.append(value)
                if len(self._open) == 1 and len(container) > self._most:
                    raise too_many(self._most)
            else:
                container[self._pending.pop()] = value
            sign = self._next()
            self.at += 1
            if sign == b",":
                if not is_array:
                    self._pending.append((yield from self._name()))
                return False
            if sign != (b"]" if is_array else b"}"):
                raise self._wrong("',' or the end of the array or object")
            value = self._open.pop()
        if self._next():
            raise self._wrong("the end")
        self.value = value
        return True

    def _name(self) -> Slices[str]:
        if self._next() != b'"':
            raise self._wrong("a name in double quotes")
        name = yield from self._text()
        if self._next() != b":":
            raise self._wrong("':'")
        self.at += 1
        return self._names.setdefault(name, name)

    def _scalar(self) -> Any:
        body, at = self._body, self.at
        number = _NUMBER.match(body, at, at + _MAX_NUMBER_BYTES)
        if number is not None and number.end() < at + _MAX_NUMBER_BYTES:
            self.at = number.end()
            is_whole = number[1] is None and number[2] is None
            return int(number[0]) if is_whole else float(number[0])
        for word, value in _WORDS.items():
            if body.startswith(word, at):
                self.at += len(word)
                return value
        raise self._wrong("a value")

    def _text(self) -> Slices[str]:
        short = _SHORT.match(self._body, self.at)
        if short is not None:
            self.at = short.end()
            return short[1].decode("utf-8", "surrogatepass")
        self.at += 1
        utf_8 = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        parts: list[str] = []
        while (sign := bytes(self._body[self.at : self.at + 1])) != b'"':
            part = utf_8.decode(self._part_of_text(sign))
            parts.append(scanstring(part + '"', 0)[0] if sign == b"\\" else part)
            if self._slice_is_full():
                yield
        self.at += 1
        return "".join([*parts, utf_8.decode(b"", final=True)])

    def _part_of_text(self, sign: bytes) -> bytes | bytearray:
        body, at = self._body, self.at
        found = (_ESCAPES if sign == b"\\" else _PLAIN).match(body, at)
        end = at if found is None else found.end()
        if end == at:
            raise self._wrong("the rest of a text" if not sign else "a character or an escape of a text")
        last = end - _ESCAPE_BYTES
        # Two surrogates are one character and must not be separated.
        if sign == b"\\" and _HIGH_SURROGATE.match(body, last) and (low := _LOW_SURROGATE.match(body, end)):
            end = low.end()
        self.at = end
        return body[at:end]

    def _next(self) -> bytes:
        """The next byte that is not white space, empty at the end."""
        found = _SPACE.match(self._body, self.at, self.at + _MAX_SPACE_BYTES)
        end = self.at if found is None else found.end()
        if end == self.at + _MAX_SPACE_BYTES:
            raise self._wrong("less white space")
        self.at = end
        return bytes(self._body[end : end + 1])

    def _slice_is_full(self) -> bool:
        if self.at - self._slice_at < SLICE_BYTES and self.values - self._slice_values < SLICE_VALUES:
            return False
        self._slice_at, self._slice_values = self.at, self.values
        return True

    def _wrong(self, wanted: str) -> JsonFault:
        return JsonFault(f"expected {wanted} at byte {self.at}")
