"""Hints: every failure that a developer sees has one."""

from __future__ import annotations

import errno
import json
import socket
import ssl

import pytest

from qstash_dev.delivery.connection import BrokenOff, ClosedWhileSending, ProtocolError
from qstash_dev.delivery.failure import HandshakeEnded, OtherAddress, SpeaksTls, TimedOut, unreachable
from qstash_dev.protocol.failure_reason import HINTS, FailureReason
from qstash_dev.protocol.foreign_texts import FOREIGN_TEXTS, WITHIN_BYTES, ForeignText
from qstash_dev.protocol.hints import hint, reason_fields, reason_of
from qstash_dev.protocol.result import Responded, Unreachable
from qstash_dev.protocol.target import Origin
from qstash_dev.state.tenant import USERS


def answered(status: int, body: bytes = b"", *headers: tuple[str, str], fault: str | None = None) -> str | None:
    return hint(Responded(status, headers, body, 1, fault))


def failed(error: Exception) -> str:
    return hint(unreachable(error, Origin(tls=False, host="localhost", port=3000), 5, 1)) or ""


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
        (TimedOut(FailureReason.ANSWER_TIMEOUT), "Upstash-Timeout"),
        (wrong_version(), "https://localhost:3000"),
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
    text = hint(Unreachable("connection refused", 0, FailureReason.INJECTED_FAULT)) or ""
    assert "fault" in text
    assert "start the app" not in text
    answer = Responded(503, (), b"", 0, reason=FailureReason.INJECTED_FAULT)
    assert hint(answer) == text


def test_every_reason_but_a_bare_status_has_a_hint() -> None:
    assert {one for one in HINTS if isinstance(one, str)} == set(FailureReason) - {FailureReason.HTTP_STATUS}


def certificate(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "certificate has expired"
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "connection-refused"),
        (socket.gaierror(), "host-not-found"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "cannot-connect"),
        (OSError(errno.EMFILE, "Too many open files"), "too-many-open-files"),
        (TimedOut(FailureReason.CONNECT_TIMEOUT), "connect-timeout"),
        (TimedOut(FailureReason.ANSWER_TIMEOUT), "answer-timeout"),
        (TimedOut(FailureReason.BODY_TIMEOUT), "body-timeout"),
        (TimeoutError(errno.ETIMEDOUT, "Connection timed out"), "connect-timeout"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "connection-reset"),
        (ConnectionAbortedError("closed"), "closed-without-answer"),
        (BrokenOff(), "answer-broken-off"),
        (ProtocolError("no status line"), "not-http"),
        (ProtocolError("large", FailureReason.HEADERS_TOO_LARGE, 9), "headers-too-large"),
        (certificate(62), "tls-wrong-host"),
        (certificate(10), "tls-expired"),
        (certificate(18), "tls-not-trusted"),
        (wrong_version(), "http-expected"),
        (HandshakeEnded(), "tls-failed"),
        (SpeaksTls(), "https-expected"),
        (ClosedWhileSending(), "closed-while-sending"),
        (OtherAddress(Origin(tls=True, host="::1", port=443)), "other-address"),
        (ValueError("no"), "cannot-be-sent"),
    ],
)
def test_every_error_has_its_reason(error: Exception, reason: str) -> None:
    origin = Origin(tls=True, host="example.com", port=443)
    result = unreachable(error, origin, 5, 1)
    assert reason_fields(result) == {"failureReason": reason}
    assert result.origin == origin
    assert result.timeout_s == (5 if isinstance(error, TimeoutError) else None)
    assert result.limit_bytes == (9 if reason == "headers-too-large" else None)
    assert unreachable(error, "http://a:0", 5, 1).origin is None


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        (Origin(tls=True, host="api.example.com", port=443), "https://api.example.com"),
        (Origin(tls=False, host="api.example.com", port=80), "http://api.example.com"),
        (Origin(tls=False, host="api", port=81), "http://api:81"),
        # What could steer a shell is not put where it may be copied into one.
        (Origin(tls=True, host="a'$(b)", port=443), "https://HOST"),
        (None, "https://HOST"),
    ],
)
def test_the_hint_for_an_unknown_host_names_it(origin: Origin | None, url: str) -> None:
    result = Unreachable("cannot resolve", 1, FailureReason.HOST_NOT_FOUND, origin)
    assert f"--map '{url}/*=" in (hint(result) or "")


def test_the_usual_program_of_a_port_is_named() -> None:
    def at(reason: FailureReason, port: int) -> str:
        return hint(Unreachable("closed", 1, reason, Origin(tls=False, host="localhost", port=port))) or ""

    for reason in (FailureReason.CLOSED_WITHOUT_ANSWER, FailureReason.CONNECTION_RESET, FailureReason.NOT_HTTP):
        assert at(reason, 5432) == "port 5432 is usually that of PostgreSQL: publish to the port of the app"
        assert at(reason, 3000) == HINTS[reason]
    assert "PostgreSQL" not in at(FailureReason.CONNECTION_REFUSED, 5432)


@pytest.mark.parametrize("text", FOREIGN_TEXTS, ids=lambda text: text.holds.decode())
def test_foreign_texts_are_recognised_where_they_are_said_only(text: ForeignText) -> None:
    def reason(status: int, body: bytes) -> FailureReason | None:
        return reason_of(Responded(status, (), body, 1))

    for status in text.statuses:
        assert reason(status, b"... " + text.holds) is text.reason
        assert reason(status, b"x" * WITHIN_BYTES + text.holds) is FailureReason.HTTP_STATUS
    assert reason(418, text.holds) is FailureReason.HTTP_STATUS
    assert text.source


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("invalid subject: http://a/b, want: https://c/d?e=f,g", "https://c/d?e=f,g"),
        ('{"error":"Invalid subject: http://a/b, want: http://[::1]:3/"}', "http://[::1]:3/"),
        ("<p>invalid subject: http://a/b, want: http://c</p>", "http://c"),
        ("invalid subject: http://a/b, want: http://c\x1b[31m", "http://c"),
        ("invalid subject: http://a/b, want: undefined", "undefined"),
        ("invalid subject: , want: http://c", None),
        ("invalid subject: http://a/b", None),
    ],
)
def test_the_url_that_a_receiver_compared_is_read_from_its_text(text: str, url: str | None) -> None:
    said = answered(401, text.encode()) or ""
    assert (f"; it compared {url}" in said) is (url is not None)
    assert said.isprintable()


def test_a_success_has_no_reason_and_a_redirect_has() -> None:
    assert reason_fields(Responded(204, (), b"body hash does not match", 1)) == {}
    assert reason_of(Responded(308, (), b"", 1)) is FailureReason.REDIRECT
