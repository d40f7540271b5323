"""Hints: every failure that a developer sees has one."""

from __future__ import annotations

import errno
import json
import socket
import ssl

import pytest

from qstash_dev.delivery.connection import BrokenOff, ProtocolError
from qstash_dev.delivery.failure import describe_failure
from qstash_dev.protocol.hints import hint
from qstash_dev.protocol.result import Responded, Unreachable
from qstash_dev.state.tenant import USERS


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


def test_stale_keys_of_a_page_are_told_apart() -> None:
    text = answered(401) or ""
    assert "sig_7RvL" in text
    assert not any(key.startswith("sig_7RvL") for user in USERS for key in user[2:])


def test_the_bug_of_the_h3_adapter_is_named_where_it_strikes() -> None:
    text = answered(500, b'{"message":"body hash does not match, want: a, got: b"}') or ""
    assert "body as it came" in text
    assert "verifySignatureH3" in text
    # What it returns is an answer to h3, and so a success to everybody else.
    for refusal in ("invalid signature", "`Upstash-Signature` header is missing"):
        body = json.dumps({"status": 403, "body": refusal}).encode()
        assert "although its answer says 200" in (answered(200, body) or "")
        assert answered(200, body + b" " * 200) is None
    for body in (b'{"status":403}', b"{", b'{"status":200,"body":"invalid signature"}', b"[" * 150, b'{"a":' * 30):
        assert answered(200, body) is None


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
