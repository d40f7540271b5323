"""Every failure that a developer meets has a word about what to look at."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from qstash_dev.delivery.connection import BrokenOff, ProtocolError
from qstash_dev.delivery.failure import describe_failure
from qstash_dev.protocol.hints import hint
from qstash_dev.protocol.result import Responded, Unreachable


def answered(status: int, body: bytes = b"", *headers: tuple[str, str], fault: str | None = None) -> str | None:
    return hint(Responded(status, headers, body, 1, fault))


def failed(error: Exception) -> str:
    return hint(Unreachable(describe_failure(error, "localhost:3000", 5), 1)) or ""


def wrong_version() -> ssl.SSLError:
    error = ssl.SSLError(1, "wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_success_needs_no_hint(status: int) -> None:
    assert answered(status) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422, 429, 489, 500, 502, 503, 504, 599])
def test_a_bad_status_has_one(status: int) -> None:
    assert answered(status)


def test_a_refused_signature_is_recognised_whatever_the_status() -> None:
    for status in (400, 401, 500):
        assert "QSTASH_CURRENT_SIGNING_KEY" in (answered(status, b"Error: Signature verification failed") or "")
    assert "QSTASH_CURRENT_SIGNING_KEY" not in (answered(500, b"database is locked") or "")


def test_a_redirect_names_the_address_to_publish_to() -> None:
    assert "https://example.com/new" in (answered(308, b"", ("Location", "https://example.com/new")) or "")
    assert answered(302)


def test_an_answer_that_explains_itself_is_left_alone() -> None:
    assert answered(200, fault="its body is larger than 10 bytes") is None


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "--map"),
        (socket.gaierror(), "--map"),
        (TimeoutError(), "Upstash-Timeout"),
        (wrong_version(), "http://"),
        (ProtocolError("no status line"), "port"),
        (ConnectionResetError(), "crashed"),
        (ConnectionAbortedError(), "crashed"),
        (BrokenOff(), "crashed"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_way_of_not_answering_has_one(error: Exception | str, word: str) -> None:
    assert isinstance(error, Exception)
    assert word in failed(error)


def test_a_fault_is_not_taken_for_the_app() -> None:
    text = hint(Unreachable("connection refused (injected by fault_1)", 0)) or ""
    assert "fault" in text
    assert "start the app" not in text
