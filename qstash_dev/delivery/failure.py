"""Delivery attempts without an answer, explained: the reason, and a sentence for people.

The sentence is the ``error`` of ERROR events: https://upstash.com/docs/qstash/howto/debug-logs.
"""

from __future__ import annotations

import errno
import socket
import ssl

from qstash_dev.delivery.connection import Answer, BrokenOff, ClosedWhileSending, ProtocolError
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.hints import shell_url
from qstash_dev.protocol.result import Unreachable
from qstash_dev.protocol.target import Origin

_HOST_MISMATCH = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
# What OpenSSL says of an answer to a handshake that is not TLS; the second since version 3.2.
_PLAIN = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
_TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)
_Why = tuple[FailureReason, str]


class TimedOut(TimeoutError):
    """The time of an attempt is over. ``reason`` tells how far it had come; ``began`` is the answer so far, if its
    headers were complete."""

    def __init__(self, reason: FailureReason, began: Answer | None = None) -> None:
        super().__init__()
        self.reason, self.began = reason, began


class HandshakeEnded(ConnectionError):
    """The destination closed the connection during the TLS handshake."""


class SpeaksTls(ConnectionError):
    """The destination closed a connection for plain HTTP, and speaks TLS."""


class OtherAddress(ConnectionRefusedError):
    """The destination refused the connection, but this address of the same machine accepts one."""

    def __init__(self, accepting: Origin) -> None:
        super().__init__(errno.ECONNREFUSED, "connection refused")
        self.accepting = accepting


def unreachable(error: Exception, where: Origin | str, timeout_s: float, duration_ms: int) -> Unreachable:
    """The result of an attempt that ended with this error; ``where`` is a URL if that has no origin."""
    reason, text = _why(error, where, timeout_s)
    return Unreachable(
        " ".join(text.split()),
        duration_ms,
        reason,
        where if isinstance(where, Origin) else None,
        timeout_s if isinstance(error, TimeoutError) else None,
        error.limit_bytes if isinstance(error, ProtocolError) else None,
    )


def not_mapped(origin: Origin) -> Unreachable:
    """The result of an attempt that is not made, because nothing may leave this machine."""
    text = f"not mapped: add --map '{shell_url(origin)}/*=http://localhost:3000'"
    return Unreachable(text, 0, FailureReason.NOT_MAPPED, origin)


def cut_off(error: BrokenOff | TimedOut, began: Answer, timeout_s: float) -> _Why:
    """The reason and the fault of an answer that began and did not end."""
    came = f"{len(began.body)} bytes of its body so far"
    if isinstance(error, BrokenOff):
        return FailureReason.ANSWER_BROKEN_OFF, f"answered {began.status} but broke off, with {came}"
    return error.reason, f"answered {began.status} but did not finish within {timeout_s:g} s, with {came}"


def _why(error: Exception, where: Origin | str, timeout_s: float) -> _Why:
    if isinstance(error, TimeoutError):
        reason = error.reason if isinstance(error, TimedOut) else FailureReason.CONNECT_TIMEOUT
        return reason, f"no answer from {where} within {timeout_s:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _why_certificate(error, where)
    if isinstance(error, ssl.SSLError) and getattr(error, "reason", None) in _PLAIN:
        return FailureReason.HTTP_EXPECTED, f"{where} speaks no TLS: it answered the handshake with something else"
    if isinstance(error, ssl.SSLError):
        text = f"TLS with {where} failed: does it speak https? ({error.reason or error})"
        return FailureReason.TLS_FAILED, text
    if isinstance(error, ProtocolError) and error.reason is FailureReason.HTTPS_EXPECTED:
        return _why_tls(where)
    if isinstance(error, ProtocolError):
        return error.reason, f"{where} did not answer in HTTP: {error}{_began(error.beginning)}"
    if isinstance(error, socket.gaierror):
        text = f"cannot resolve the host of {where}: is the name right, and known on this machine?"
        return FailureReason.HOST_NOT_FOUND, text
    if isinstance(error, OSError):
        return _why_connection(error, where)
    return FailureReason.CANNOT_BE_SENT, f"the request to {where} could not be sent: {error or type(error).__name__}"


def _why_certificate(error: ssl.SSLCertVerificationError, where: Origin | str) -> _Why:
    said = error.verify_message
    if error.verify_code in _HOST_MISMATCH:
        return FailureReason.TLS_WRONG_HOST, f"the TLS certificate of {where} is for another host: {said}"
    reason = FailureReason.TLS_EXPIRED if error.verify_code == _EXPIRED else FailureReason.TLS_NOT_TRUSTED
    text = f"the TLS certificate of {where} is not trusted ({said}): start qstash-dev with --ca-file or --insecure"
    return reason, text


def _began(beginning: bytes) -> str:
    shown = "".join(letter if letter.isprintable() else "." for letter in beginning.decode("latin-1"))
    return f"; it began with '{shown}'" if shown else ""


def _why_tls(where: Origin | str) -> _Why:
    return FailureReason.HTTPS_EXPECTED, f"{where} speaks https, and was sent plain http"


def _why_connection(error: OSError, where: Origin | str) -> _Why:
    if isinstance(error, OtherAddress):
        text = f"connection refused by {where}, but something listens on {error.accepting}"
        return FailureReason.OTHER_ADDRESS, text
    if error.errno == errno.ECONNREFUSED:
        return FailureReason.CONNECTION_REFUSED, f"connection refused by {where}: is your app running?"
    if isinstance(error, BrokenOff):
        return FailureReason.ANSWER_BROKEN_OFF, f"{where} broke off its answer"
    if isinstance(error, SpeaksTls):
        return _why_tls(where)
    if isinstance(error, HandshakeEnded):
        text = f"{where} closed the connection during the TLS handshake: does it speak https?"
        return FailureReason.TLS_FAILED, text
    if isinstance(error, ClosedWhileSending):
        return FailureReason.CLOSED_WHILE_SENDING, f"{where} closed the connection before it had read the whole body"
    if isinstance(error, ConnectionAbortedError) and error.errno is None:
        return FailureReason.CLOSED_WITHOUT_ANSWER, f"{where} closed the connection without answering"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return FailureReason.CONNECTION_RESET, f"{where} reset the connection"
    if error.errno in _TOO_MANY_FILES:
        text = f"cannot connect to {where}: too many open files, raise the limit with 'ulimit -n'"
        return FailureReason.TOO_MANY_OPEN_FILES, text
    return FailureReason.CANNOT_CONNECT, f"cannot connect to {where}: {error.strerror or error}"
