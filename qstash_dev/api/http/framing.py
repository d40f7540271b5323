"""The framing of requests (RFC 9112, 6): where one ends and the next begins.

aiohttp gets each head complete and checked, and bodies without chunk extensions and trailers. So its result does not
depend on the pieces in which a request arrives, and it buffers no bytes that are not counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from qstash_dev.api.http.head import (
    MAX_HEAD_BYTES,
    MAX_LINE_BYTES,
    bad,
    check_begun,
    in_origin_form,
    read_head,
    too_large,
)
from qstash_dev.protocol import errors

_ENDING = b"\r\n"
_END = b"\r\n\r\n"
_EMPTY_LINES = re.compile(rb"(?:\r\n)*")
_BEGINNING_BYTES = 64
_UNREAD_BYTES = 8_192
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,12})(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_MAX_CHUNK_LINE_BYTES = 4_096
_MAX_TRAILER_BYTES = 65_536
# Bytes of a chunked body that are read at once: they may be tens of thousands of chunks.
_MOST_CHUNKS_BYTES = 65_536


class Framing:
    """Splits the bytes of a connection into complete heads and pieces of bodies. ``heads`` is the number of heads."""

    def __init__(self, check: Callable[..., None] = check_begun) -> None:
        """``check`` checks the beginning of a head, as :func:`check_begun` does."""
        self._check_begun = check
        self._data = b""
        self._at = 0
        self._begun = bytearray()
        self._missing = 0
        self._chunks: _Chunks | None = None
        self._invalid = b""
        self.heads = 0

    @property
    def unread(self) -> bytes:
        """The beginning of a head that is not valid, or has not come completely."""
        return self._invalid or bytes(self._begun[:_UNREAD_BYTES])

    @property
    def begun_bytes(self) -> int:
        """Bytes of a head that is not complete yet."""
        return len(self._begun)

    @property
    def kept_bytes(self) -> int:
        """Bytes that :meth:`next` has not returned yet."""
        return len(self._begun) + len(self._data) - self._at

    @property
    def in_body(self) -> bool:
        """Whether a body is not complete yet."""
        return self._missing > 0 or self._chunks is not None

    @property
    def has_more(self) -> bool:
        """Whether there are bytes that :meth:`next` has not examined."""
        return self._at < len(self._data)

    def add(self, data: bytes) -> None:
        """Add bytes that have arrived."""
        self._data = self._data[self._at :] + data if self.has_more else data
        self._at = 0

    def next(self) -> bytes:
        """A complete head, or a piece of the body that belongs to the last head; empty if more bytes are needed.

        Raises Rejection: the bytes are not a valid request.
        """
        piece = b""
        while self.has_more and not piece:
            if self._missing:
                piece = self._taken(self._missing)
                self._missing -= len(piece)
            elif self._chunks is not None:
                piece = self._chunks.joined(self._taken(_MOST_CHUNKS_BYTES))
                if self._chunks.ended:
                    self._give_back(self._chunks.rest)
                    self._chunks = None
            else:
                piece = self._head()
        return piece

    def _taken(self, most: int | None = None) -> bytes:
        start, end = self._at, len(self._data)
        self._at = end if most is None else min(end, start + most)
        if start == 0 and self._at == end:
            data, self._data, self._at = self._data, b"", 0
            return data
        return self._data[start : self._at]

    def _give_back(self, rest: bytes) -> None:
        """Put back the last bytes that were taken."""
        if self.has_more:
            self._at -= len(rest)
        else:
            self._data, self._at = rest, 0

    def _head(self) -> bytes:
        self._skip_empty_lines()
        if self._begun:
            return self._rest_of_head()
        end = self._data.find(_END, self._at)
        if end >= 0:
            raw = self._data[self._at : end]
            self._at = end + len(_END)
            return self._whole(raw)
        self._begun += self._taken()
        if self._begun.strip(b"\r"):
            self._check_begun(bytes(self._begun))
            self._check_size()
        return b""

    def _rest_of_head(self) -> bytes:
        begun, part = self._begun, self._taken()
        known, before = len(begun), bytes(begun[-1:])
        begun += part
        end = begun.find(_END, max(0, known - len(_END) + 1))
        if end >= 0:
            raw, self._data, self._at = bytes(begun[:end]), bytes(begun[end + len(_END) :]), 0
            begun.clear()
            return self._whole(raw)
        if known < _BEGINNING_BYTES:
            self._check_begun(bytes(begun[:_BEGINNING_BYTES]))
        self._check_begun(part, before)
        self._check_size()
        return b""

    def _skip_empty_lines(self) -> None:
        """Skip empty lines before a request (RFC 9112, 2.2)."""
        if self._begun == b"\r":
            self._data, self._at = b"\r" + self._taken(), 0
            self._begun.clear()
        if not self._begun and (found := _EMPTY_LINES.match(self._data, self._at)):
            self._at = found.end()

    def _check_size(self) -> None:
        line_bytes = len(self._begun) - self._begun.rfind(b"\n")
        if len(self._begun) > MAX_HEAD_BYTES or line_bytes > MAX_LINE_BYTES + len(_ENDING):
            raise too_large()

    def _whole(self, raw: bytes) -> bytes:
        try:
            head = read_head(raw)
        except errors.Rejection:
            self._invalid = raw[:_UNREAD_BYTES]
            raise
        self.heads += 1
        if head.length is None:
            self._chunks = _Chunks()
        else:
            self._missing = head.length
        return in_origin_form(raw, head) + _END


class _Chunks:
    """A body in chunks (RFC 9112, 7.1). Chunks that have arrived together are joined into one; extensions and
    trailers are dropped, since the server uses none."""

    def __init__(self) -> None:
        self.ended = False
        self.rest = b""
        self._begun = b""
        self._missing = 0
        self._in_trailers = False
        self._trailer_bytes = 0

    def joined(self, data: bytes) -> bytes:
        """The content of ``data`` as one chunk, with the last chunk if the body ends in it: then ``ended`` is true,
        and ``rest`` are the bytes after the body."""
        data, parts, at = self._begun + data, [], 0
        while not self.ended:
            if self._missing > len(_ENDING):
                end = min(len(data), at + self._missing - len(_ENDING))
                parts.append(data[at:end])
                self._missing -= end - at
                at = end
            end = data.find(_ENDING, at)
            if end < 0 or (self._missing and end > at):
                self._check_unended(data[at:])
                break
            self._line(data[at:end])
            at = end + len(_ENDING)
        self._begun, self.rest = (b"", data[at:]) if self.ended else (data[at:], b"")
        body = b"".join(parts)
        whole = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return whole + b"0\r\n\r\n" if self.ended else whole

    def _line(self, line: bytes) -> None:
        if self._missing:
            # The line end after the content of a chunk.
            self._missing = 0
        elif self._in_trailers:
            self.ended = not line
            self._trailer_bytes += len(line) + len(_ENDING)
            if self._trailer_bytes > _MAX_TRAILER_BYTES:
                raise bad("the trailers of its body are too large")
        else:
            size = _CHUNK.fullmatch(line)
            if size is None or len(line) > _MAX_CHUNK_LINE_BYTES:
                raise bad("its body is not in chunks as Transfer-Encoding says")
            length = int(size[1], 16)
            self._missing = length + len(_ENDING) if length else 0
            self._in_trailers = not length

    def _check_unended(self, line: bytes) -> None:
        if self._missing > len(_ENDING):
            return
        most = 1 if self._missing else (_MAX_TRAILER_BYTES if self._in_trailers else _MAX_CHUNK_LINE_BYTES)
        if len(line) > most or (self._missing and line not in (b"", b"\r")):
            raise bad("its body is not in chunks as Transfer-Encoding says")
