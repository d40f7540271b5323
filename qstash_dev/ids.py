"""Identifiers in the forms QStash gives them. No other file rolls dice."""

from __future__ import annotations

import os

_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Each of the 256 byte values becomes a base58 character; the slight bias does not matter for identifiers.
_TO_BASE58 = bytes(_BASE58[value % len(_BASE58)] for value in range(256))


def _base58(length: int) -> str:
    return os.urandom(length).translate(_TO_BASE58).decode("ascii")


def message_id() -> str:
    """``msg_`` and 28 base58 characters."""
    return "msg_" + _base58(28)


def schedule_id() -> str:
    """``scd_`` and 28 base58 characters."""
    return "scd_" + _base58(28)


def run_id() -> str:
    """``wfr_`` and 21 base58 characters."""
    return "wfr_" + _base58(21)


def token_id() -> str:
    """The ``jti`` of a signature: ``jwt_`` and 28 base58 characters."""
    return "jwt_" + _base58(28)


def signing_key() -> str:
    """A fresh signing key: ``sig_`` and 28 base58 characters."""
    return "sig_" + _base58(28)
