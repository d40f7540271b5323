"""Why there is no answer, in one line that a person understands, and what to look at."""

from __future__ import annotations

import errno
import socket
import ssl

from qstash_dev.delivery.connection import BrokenOff, ProtocolError
from qstash_dev.protocol.target import Origin

_HOST_MISMATCH = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)


def describe_failure(error: Exception, where: Origin | str, timeout_s: float) -> str:
    """The text of the ERROR event."""
    return " ".join(_text(error, where, timeout_s).split())


def _text(error: Exception, where: Origin | str, timeout_s: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer from {where} within {timeout_s:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _describe_certificate(error, where)
    if isinstance(error, ssl.SSLError):
        return f"TLS with {where} failed: does it speak https? ({error.reason or error})"
    if isinstance(error, ProtocolError):
        return f"{where} did not answer in HTTP: {error}"
    if isinstance(error, socket.gaierror):
        return f"cannot resolve the host of {where}: is the name right, and known on this machine?"
    if isinstance(error, OSError):
        return _describe_connection(error, where)
    return f"the request to {where} could not be sent: {error or type(error).__name__}"


def _describe_certificate(error: ssl.SSLCertVerificationError, where: Origin | str) -> str:
    if error.verify_code in _HOST_MISMATCH:
        return f"the TLS certificate of {where} is for another host: {error.verify_message}"
    return (
        f"the TLS certificate of {where} is not trusted ({error.verify_message}): "
        "start qstash-dev with --ca-file or --insecure"
    )


def _describe_connection(error: OSError, where: Origin | str) -> str:
    if error.errno == errno.ECONNREFUSED:
        return f"connection refused by {where}: is your app running?"
    if isinstance(error, BrokenOff):
        return f"{where} broke off its answer"
    if isinstance(error, ConnectionAbortedError) and error.errno is None:
        return f"{where} closed the connection without answering"
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return f"{where} reset the connection"
    if error.errno in _TOO_MANY_FILES:
        return f"cannot connect to {where}: too many open files, raise the limit with 'ulimit -n'"
    return f"cannot connect to {where}: {error.strerror or error}"
