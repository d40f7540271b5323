"""The HTTP of the driver: requests made in advance, messages of known length, a number in each body."""

from __future__ import annotations

from tests.bench.load.server import TOKEN, Server

BODY_BYTES = 256
_START = b'{"n":"'
_DIGITS = 8
_PADDING = b'","padding":"%b"}'
_FORM = b"%b%%08d%b" % (_START, _PADDING % (b"x" * (BODY_BYTES - len(_START) - _DIGITS - len(_PADDING % b""))))


def publish_head(server: Server, destination: str, **options: str) -> bytes:
    """The head of a publish to ``destination``; ``delay="1h"`` stands for ``Upstash-Delay: 1h``."""
    given = {f"Upstash-{name.replace('_', '-').title()}": value for name, value in options.items()}
    return head(server, "POST", f"/v2/publish/{destination}", BODY_BYTES, given)


def head(server: Server, method: str, path: str, length: int = 0, headers: dict[str, str] | None = None) -> bytes:
    """The head of any request."""
    given = {
        "Host": f"127.0.0.1:{server.port}",
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": "application/json",
        "Content-Length": str(length),
    } | (headers or {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


def body(number: int) -> bytes:
    """The body of a message, with its number in it."""
    return _FORM % number


def number_in(received: bytes) -> int | None:
    """The number of the message that has this body, ``None`` if it is not one of ours as it was sent."""
    digits = received[len(_START) : len(_START) + _DIGITS]
    return int(digits) if digits.isdigit() and received == body(int(digits)) else None


def whole(data: bytes, start: int = 0) -> tuple[int, int] | None:
    """Where the body of the first request or answer from ``start`` begins and ends, if it has come in full."""
    blank = data.find(b"\r\n\r\n", start)
    if blank < 0:
        return None
    lines = data[start:blank].lower()
    at = lines.index(b"\r\ncontent-length:") + 17
    end_of_line = lines.find(b"\r", at)
    end = blank + 4 + int(lines[at : end_of_line if end_of_line > 0 else None])
    return (blank + 4, end) if len(data) >= end else None
